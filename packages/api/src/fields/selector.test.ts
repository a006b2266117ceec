import assert from 'node:assert/strict';
import { test } from 'node:test';
import { matchesFields, parseFieldSelector } from './selector.ts';

const is = (field: string, value: string) => ({ field, operator: '=', value });
const isNot = (field: string, value: string) => ({ field, operator: '!=', value });

for (const { text, want } of [
  { text: '', want: [] },
  { text: ',', want: [] },
  { text: 'metadata.name=a', want: [is('metadata.name', 'a')] },
  { text: 'metadata.name==a', want: [is('metadata.name', 'a')] },
  { text: 'status.phase!=Running', want: [isNot('status.phase', 'Running')] },
  { text: 'a=1,b!=2', want: [is('a', '1'), isNot('b', '2')] },
  { text: 'involvedObject.namespace=', want: [is('involvedObject.namespace', '')] },
  { text: 'a=x\\,y\\=z\\\\', want: [is('a', 'x,y=z\\')] },
  { text: 'a= b ', want: [is('a', ' b ')] },
  { text: '=b', want: [is('', 'b')] },
]) {
  test(`parseFieldSelector reads ${JSON.stringify(text)}`, () =>
    assert.deepEqual(parseFieldSelector(text).requirements, want));
}

for (const { text, message } of [
  { text: 'a', message: "invalid selector: 'a'; can't understand 'a'" },
  { text: 'a=1,b', message: "invalid selector: 'a=1,b'; can't understand 'b'" },
  { text: 'a=b=c', message: 'invalid field selector: unescaped character in value: 61' },
  { text: 'a===b', message: 'invalid field selector: unescaped character in value: 61' },
  { text: 'a=\\x', message: 'invalid field selector: invalid escape sequence: \\x' },
  { text: 'a=x\\', message: 'invalid field selector: invalid escape sequence: \\' },
]) {
  test(`parseFieldSelector refuses ${JSON.stringify(text)}`, () =>
    assert.throws(() => parseFieldSelector(text), { name: 'SelectorError', message }));
}

for (const { text, want } of [
  { text: '', want: true },
  { text: 'metadata.name=web', want: true },
  { text: 'metadata.name=web,spec.nodeName=n1', want: false },
  { text: 'metadata.name!=web', want: false },
  { text: 'spec.nodeName=', want: true },
  { text: 'spec.nodeName!=n1,metadata.name=web', want: true },
]) {
  test(`${JSON.stringify(text)} ${want ? 'matches' : 'does not match'} a pod named web on no node`, () =>
    assert.equal(
      matchesFields(parseFieldSelector(text), (field) => (field === 'metadata.name' ? 'web' : '')),
      want,
    ));
}
