import assert from 'node:assert/strict';
import { test } from 'node:test';
import { labelSelectorFrom, matchesLabels, NO_LABEL, parseLabelSelector, SelectorError } from './selector.ts';

const requirement = (key: string, operator: string, ...values: string[]) => ({ key, operator, values });

for (const { text, want } of [
  { text: '', want: [] },
  { text: '  ', want: [] },
  { text: 'a', want: [requirement('a', 'Exists')] },
  { text: '!a', want: [requirement('a', 'DoesNotExist')] },
  { text: '! a', want: [requirement('a', 'DoesNotExist')] },
  { text: 'a=b', want: [requirement('a', 'In', 'b')] },
  { text: 'a==b', want: [requirement('a', 'In', 'b')] },
  { text: ' a \t=\n b ', want: [requirement('a', 'In', 'b')] },
  { text: 'a!=b', want: [requirement('a', 'NotIn', 'b')] },
  { text: 'a=', want: [requirement('a', 'In', '')] },
  { text: 'a=,b', want: [requirement('a', 'In', ''), requirement('b', 'Exists')] },
  { text: 'a in (y,x,y)', want: [requirement('a', 'In', 'x', 'y')] },
  { text: 'a in(x)', want: [requirement('a', 'In', 'x')] },
  { text: 'a in ()', want: [requirement('a', 'In', '')] },
  { text: 'a in (,)', want: [requirement('a', 'In', '')] },
  { text: 'a in (x,,y)', want: [requirement('a', 'In', '', 'x', 'y')] },
  { text: 'a in (x,)', want: [requirement('a', 'In', '', 'x')] },
  { text: 'a notin (x)', want: [requirement('a', 'NotIn', 'x')] },
  { text: 'a>5', want: [requirement('a', 'GreaterThan', '5')] },
  { text: 'a<5', want: [requirement('a', 'LessThan', '5')] },
  { text: 'in in (in,notin)', want: [requirement('in', 'In', 'in', 'notin')] },
  { text: 'notin', want: [requirement('notin', 'Exists')] },
  { text: 'b=1,a=2', want: [requirement('a', 'In', '2'), requirement('b', 'In', '1')] },
  { text: 'example.com/a=b', want: [requirement('example.com/a', 'In', 'b')] },
]) {
  test(`parseLabelSelector reads ${JSON.stringify(text)}`, () =>
    assert.deepEqual(parseLabelSelector(text).requirements, want));
}

const QUALIFIED =
  "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";
const VALUE =
  "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";

for (const { text, message } of [
  { text: ',', message: "found ',', expected: !, identifier, or 'end of string'" },
  { text: '=a', message: "found '=', expected: !, identifier, or 'end of string'" },
  { text: 'a,', message: "found '', expected: identifier after ','" },
  { text: 'a,,b', message: "found ',', expected: identifier after ','" },
  { text: 'a=b c', message: "found 'c', expected: ',' or 'end of string'" },
  { text: '!a=b', message: "found '=', expected: ',' or 'end of string'" },
  { text: '!', message: "unable to parse requirement: found '', expected: identifier" },
  { text: '!!a', message: "unable to parse requirement: found '!', expected: identifier" },
  { text: 'a b', message: "unable to parse requirement: found 'b', expected: in, notin, =, ==, !=, gt, lt" },
  { text: 'a gt 5', message: "unable to parse requirement: found 'gt', expected: in, notin, =, ==, !=, gt, lt" },
  { text: 'a in b', message: "unable to parse requirement: found 'b' expected: '('" },
  { text: 'a in (', message: "unable to parse requirement: found '', expected: ',', ')' or identifier" },
  { text: 'a in (x', message: "unable to parse requirement: found '', expected: ',' or ')'" },
  { text: 'a in (x y)', message: "unable to parse requirement: found 'y', expected: ',' or ')'" },
  { text: 'a in (x,=)', message: "unable to parse requirement: found '=', expected: ',', or identifier" },
  { text: 'a=!', message: "unable to parse requirement: found '!', expected: identifier" },
  { text: '$a', message: `unable to parse requirement: <nil>: Invalid value: "$a": ${QUALIFIED}` },
  { text: 'a=-b', message: `unable to parse requirement: values[0][a]: Invalid value: "-b": ${VALUE}` },
  {
    text: 'a>x',
    message: `unable to parse requirement: values[0]: Invalid value: "x": for 'Gt', 'Lt' operators, the value must be an integer`,
  },
  {
    text: 'a>-1',
    message: `unable to parse requirement: values[0][a]: Invalid value: "-1": ${VALUE}`,
  },
]) {
  test(`parseLabelSelector refuses ${JSON.stringify(text)}`, () =>
    assert.throws(() => parseLabelSelector(text), { name: 'SelectorError', message }));
}

for (const { text, labels, want } of [
  { text: '', labels: undefined, want: true },
  { text: 'a', labels: undefined, want: false },
  { text: 'a', labels: { a: '' }, want: true },
  { text: '!a', labels: { b: '1' }, want: true },
  { text: '!a', labels: { a: '1' }, want: false },
  { text: 'a=1', labels: { a: '1' }, want: true },
  { text: 'a=1', labels: { a: '2' }, want: false },
  { text: 'a=', labels: {}, want: false },
  { text: 'a=', labels: { a: '' }, want: true },
  { text: 'a!=1', labels: {}, want: true },
  { text: 'a!=1', labels: { a: '1' }, want: false },
  { text: 'a notin (1,2)', labels: { b: '1' }, want: true },
  { text: 'a notin (1,2)', labels: { a: '2' }, want: false },
  { text: 'a in (1,2)', labels: { a: '2' }, want: true },
  { text: 'a in ()', labels: { a: '' }, want: true },
  { text: 'a>5', labels: { a: '6' }, want: true },
  { text: 'a>5', labels: { a: '5' }, want: false },
  { text: 'a<5', labels: { a: '-1' }, want: true },
  { text: 'a<5', labels: { a: 'x' }, want: false },
  { text: 'a<5', labels: {}, want: false },
  { text: 'a>9223372036854775806', labels: { a: '9223372036854775807' }, want: true },
  { text: 'a<5', labels: { a: '-9223372036854775809' }, want: false },
  { text: 'a=1,b', labels: { a: '1' }, want: false },
  { text: 'a=1,b', labels: { a: '1', b: '' }, want: true },
  { text: 'constructor', labels: { a: '1' }, want: false },
]) {
  test(`${JSON.stringify(text)} ${want ? 'matches' : 'does not match'} ${JSON.stringify(labels)}`, () =>
    assert.equal(matchesLabels(parseLabelSelector(text), labels), want));
}

test('an absent selector selects nothing, an empty one everything', () => {
  assert.equal(labelSelectorFrom(undefined), NO_LABEL);
  assert.equal(matchesLabels(NO_LABEL, { none: '' }), false);
  assert.equal(matchesLabels(NO_LABEL, undefined), false);
  assert.equal(matchesLabels(labelSelectorFrom({}), undefined), true);
});

test('labelSelectorFrom joins labels and expressions', () => {
  const selector = labelSelectorFrom({
    matchLabels: { a: '1' },
    matchExpressions: [
      { key: 'b', operator: 'In', values: ['2', '3'] },
      { key: 'c', operator: 'DoesNotExist' },
    ],
  });
  assert.equal(matchesLabels(selector, { a: '1', b: '3' }), true);
  assert.equal(matchesLabels(selector, { a: '1', b: '3', c: '' }), false);
  assert.equal(matchesLabels(selector, { b: '3' }), false);
});

for (const { name, expression } of [
  { name: 'an unknown operator', expression: { key: 'a', operator: 'in', values: ['b'] } },
  { name: 'In without values', expression: { key: 'a', operator: 'In' } },
  { name: 'Exists with values', expression: { key: 'a', operator: 'Exists', values: ['b'] } },
  { name: 'a bad key', expression: { key: '-', operator: 'Exists' } },
  { name: 'a bad value', expression: { key: 'a', operator: 'In', values: ['b c'] } },
]) {
  test(`labelSelectorFrom refuses ${name}`, () =>
    assert.throws(() => labelSelectorFrom({ matchExpressions: [expression] }), SelectorError));
}
