import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  byteLength,
  configMapKey,
  dns1123Label,
  dns1123Subdomain,
  environmentVariableName,
  labelValue,
  maskTrailingDash,
  type NameValidator,
  pathSegment,
  portName,
  qualifiedName,
} from './names.ts';

const SUBDOMAIN_TEXT =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
const LABEL_TEXT =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
const QUALIFIED_TEXT =
  "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";

for (const { check, value, want } of [
  { check: dns1123Subdomain, value: 'a.b-c.1', want: [] },
  { check: dns1123Subdomain, value: 'a'.repeat(253), want: [] },
  { check: dns1123Subdomain, value: 'a'.repeat(254), want: ['must be no more than 253 bytes'] },
  { check: dns1123Subdomain, value: 'A', want: [SUBDOMAIN_TEXT] },
  { check: dns1123Subdomain, value: 'a_b', want: [SUBDOMAIN_TEXT] },
  { check: dns1123Subdomain, value: '..', want: [SUBDOMAIN_TEXT] },
  { check: dns1123Subdomain, value: 'a/b', want: [SUBDOMAIN_TEXT] },
  { check: dns1123Subdomain, value: 'a\n', want: [SUBDOMAIN_TEXT] },
  { check: dns1123Label, value: 'a'.repeat(63), want: [] },
  { check: dns1123Label, value: 'a'.repeat(64), want: ['must be no more than 63 bytes'] },
  { check: dns1123Label, value: 'a.b', want: ['must not contain dots'] },
  { check: dns1123Label, value: '-a', want: [LABEL_TEXT] },
  { check: pathSegment, value: 'System:x', want: [] },
  { check: pathSegment, value: '.', want: ["may not be '.'"] },
  { check: pathSegment, value: '..', want: ["may not be '..'"] },
  { check: pathSegment, value: 'a/b%', want: ["may not contain '/'", "may not contain '%'"] },
  { check: qualifiedName, value: 'example.com/Name_1', want: [] },
  { check: qualifiedName, value: 'a'.repeat(63), want: [] },
  { check: qualifiedName, value: 'a'.repeat(64), want: ['name part must be no more than 63 bytes'] },
  { check: qualifiedName, value: '/a', want: ['prefix part must be non-empty'] },
  { check: qualifiedName, value: 'A/a', want: [`prefix part ${SUBDOMAIN_TEXT}`] },
  { check: qualifiedName, value: 'a/', want: ['name part must be non-empty', `name part ${QUALIFIED_TEXT}`] },
  {
    check: qualifiedName,
    value: 'a/b/c',
    want: [
      `a qualified name ${QUALIFIED_TEXT} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`,
    ],
  },
  { check: labelValue, value: '', want: [] },
  { check: labelValue, value: 'a'.repeat(64), want: ['must be no more than 63 bytes'] },
  { check: configMapKey, value: '.dockerconfigjson', want: [] },
  { check: configMapKey, value: '..', want: ["must not be '..'"] },
  { check: configMapKey, value: '..data', want: ["must not start with '..'"] },
  { check: environmentVariableName, value: 'a b', want: [] },
  { check: portName, value: 'http-2', want: [] },
  { check: portName, value: '80', want: ['must contain at least one letter (a-z)'] },
] as { check: NameValidator; value: string; want: string[] }[]) {
  test(`${check.name} answers ${want.length} errors to ${JSON.stringify(value.slice(0, 20))} (${value.length})`, () => {
    assert.deepEqual(check(value), want);
  });
}

for (const value of ['', 'a/b', 'a b', 'ü', 'a\n']) {
  test(`configMapKey refuses ${JSON.stringify(value)}`, () => assert.equal(configMapKey(value).length, 1));
}

test('environmentVariableName refuses an equals sign', () => {
  assert.equal(environmentVariableName('A=B').length, 1);
});

test('a generated name may end in a hyphen, for letters will follow', () => {
  assert.equal(maskTrailingDash('app-'), 'appa');
  assert.equal(maskTrailingDash('-'), '-');
});

for (const text of ['', 'abc', 'ü', '€', '😀', 'a😀ü€']) {
  test(`byteLength of ${JSON.stringify(text)} is that of its UTF-8 form`, () => {
    assert.equal(byteLength(text), new TextEncoder().encode(text).length);
  });
}
