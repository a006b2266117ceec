import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SelectorAttributes, SubjectAccessReview } from './reviews.ts';
import {
  validateLocalSubjectAccessReview,
  validateSelfSubjectAccessReview,
  validateSubjectAccessReview,
} from './validation.ts';

const texts = (errors: readonly { field: string; body: string }[]): string[] =>
  errors.map(({ field, body }) => `${field}: ${body}`);

const review = (change: Partial<SubjectAccessReview['spec']> = {}, metadata = {}): SubjectAccessReview => ({
  metadata,
  spec: { user: 'bob', resourceAttributes: { verb: 'get', resource: 'pods', namespace: 'ns1' }, ...change },
});
const asking = (fieldSelector: SelectorAttributes): SubjectAccessReview =>
  review({ resourceAttributes: { fieldSelector } });
const AT = 'spec.resourceAttributes.fieldSelector';

for (const { name, got, want } of [
  { name: 'a good one', got: review(), want: [] },
  {
    name: '92: neither question',
    got: { metadata: {}, spec: { user: 'bob' } },
    want: [
      'spec.resourceAttributes: Invalid value: "null": exactly one of nonResourceAttributes or resourceAttributes must be specified',
    ],
  },
  {
    name: 'both questions',
    got: review({ nonResourceAttributes: {} }),
    want: ['spec.nonResourceAttributes: Invalid value: {}: cannot be specified in combination with resourceAttributes'],
  },
  {
    name: '93: nobody',
    got: review({ user: '' }),
    want: ['spec.user: Invalid value: "": at least one of user or group must be specified'],
  },
  { name: 'a group only', got: review({ user: '', groups: ['dev'] }), want: [] },
  {
    name: '94: a name',
    got: review({}, { name: 'x' }),
    want: ['metadata: Invalid value: {"name":"x"}: must be empty'],
  },
  { name: 'managedFields', got: review({}, { managedFields: [{}], creationTimestamp: null, labels: {} }), want: [] },
  {
    name: '96: both forms of selector',
    got: asking({ rawSelector: 'a=b', requirements: [{ key: 'a', operator: 'In', values: ['b'] }] }),
    want: [`${AT}.rawSelector: Invalid value: "a=b": may not specified at the same time as requirements`],
  },
  {
    name: 'no form of selector',
    got: asking({}),
    want: [`${AT}.requirements: Required value: when ${AT} is specified, requirements or rawSelector is required`],
  },
  {
    name: 'a requirement without a key',
    got: asking({ requirements: [{ key: '', operator: 'Exists' }] }),
    want: [`${AT}.requirements[0].key: Required value: must be specified`],
  },
  {
    name: 'In without values',
    got: asking({ requirements: [{ key: 'a', operator: 'In' }] }),
    want: [`${AT}.requirements[0].values: Required value: must be specified when \`operator\` is 'In' or 'NotIn'`],
  },
  {
    name: 'Exists with values',
    got: asking({ requirements: [{ key: 'a', operator: 'Exists', values: ['b'] }] }),
    want: [
      `${AT}.requirements[0].values: Forbidden: may not be specified when \`operator\` is 'Exists' or 'DoesNotExist'`,
    ],
  },
  { name: 'an unknown operator', got: asking({ requirements: [{ key: 'a', operator: 'Like' }] }), want: [] },
] as { name: string; got: SubjectAccessReview; want: string[] }[]) {
  test(`validateSubjectAccessReview: ${name}`, () => assert.deepEqual(texts(validateSubjectAccessReview(got)), want));
}

for (const { name, namespace } of [
  { name: '95: another namespace', namespace: 'ns2' },
  { name: '95: no namespace', namespace: '' },
]) {
  test(`validateLocalSubjectAccessReview: ${name}`, () => {
    const got = validateLocalSubjectAccessReview(review({ resourceAttributes: { namespace } }, { namespace: 'ns1' }));
    assert.deepEqual(texts(got), [
      `spec.resourceAttributes.namespace: Invalid value: "${namespace}": must match metadata.namespace`,
    ]);
  });
}

test('a local review answers within its namespace', () => {
  assert.deepEqual(validateLocalSubjectAccessReview(review({}, { namespace: 'ns1' })), []);
});

test('a local review knows no paths', () => {
  const got = validateLocalSubjectAccessReview({
    metadata: { namespace: 'ns1' },
    spec: { user: 'bob', nonResourceAttributes: { path: '/x' } },
  });
  assert.deepEqual(texts(got), [
    'spec.nonResourceAttributes: Invalid value: {"path":"/x"}: disallowed on this kind of request',
  ]);
});

test('a review of oneself names nobody', () => {
  assert.deepEqual(validateSelfSubjectAccessReview({ spec: { nonResourceAttributes: { path: '/x' } } }), []);
});
