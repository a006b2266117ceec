import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ReferencedObject } from './getter.ts';
import { graceVerdict, issuancePolicy, lifetimeLimit, policyRefusal } from './policy.ts';

const NOW = Date.UTC(2026, 0, 1);
const BEFORE = '2025-12-31T23:59:59Z';
const AT = '2026-01-01T00:00:00Z';
const AFTER = '2026-01-01T00:00:01Z';

/** Short names of the annotations. */
type Said = Readonly<Partial<Record<'max' | 'audiences' | 'extended' | 'until', string>>>;
const NAMES = {
  max: 'identity.mayfly.dev/max-token-expiration',
  audiences: 'identity.mayfly.dev/allowed-audiences',
  extended: 'identity.mayfly.dev/extended-token-expiration',
  until: 'identity.mayfly.dev/extended-token-expiration-until',
};

function objectSaying(name: string, said: Said | undefined): ReferencedObject {
  if (said === undefined) return { metadata: { name } };
  const entries = Object.entries(said).map(([key, value]) => [NAMES[key as keyof Said], value]);
  return { metadata: { name, annotations: Object.fromEntries(entries) as Record<string, string> } };
}

function policyOf(namespace: Said | undefined, account: Said | undefined) {
  return issuancePolicy({
    namespace: objectSaying('ns1', namespace),
    serviceAccount: objectSaying('app', account),
  });
}

for (const { name, namespace, account, audiences = ['vault'], want } of [
  { name: 'says nothing when nobody does', want: undefined },
  {
    name: 'allows what both allow',
    namespace: { audiences: 'vault,db' },
    account: { audiences: 'vault' },
    want: undefined,
  },
  {
    name: 'refuses what the namespace does not allow',
    namespace: { audiences: 'db' },
    account: { audiences: 'vault' },
    want: 'audience "vault" is not among those that annotation identity.mayfly.dev/allowed-audiences of namespace "ns1" allows: db',
  },
  {
    name: 'refuses what the account does not allow',
    namespace: { audiences: 'vault,db' },
    account: { audiences: 'db' },
    want: 'audience "vault" is not among those that annotation identity.mayfly.dev/allowed-audiences of serviceaccount "app" allows: db',
  },
  {
    name: 'refuses one of several',
    account: { audiences: 'vault' },
    audiences: ['vault', 'api'],
    want: 'audience "api" is not among those that annotation identity.mayfly.dev/allowed-audiences of serviceaccount "app" allows: vault',
  },
  {
    name: 'compares exactly',
    account: { audiences: 'Vault' },
    want: 'audience "vault" is not among those that annotation identity.mayfly.dev/allowed-audiences of serviceaccount "app" allows: Vault',
  },
  {
    name: 'refuses everything when a maximum cannot be read',
    namespace: { max: 'soon' },
    want: 'annotation identity.mayfly.dev/max-token-expiration of namespace "ns1" cannot be read: "soon" must be a duration from 10m to 2^32 seconds, such as 1h or 90m',
  },
  {
    name: 'refuses everything when the audiences cannot be read',
    account: { audiences: '' },
    want: 'annotation identity.mayfly.dev/allowed-audiences of serviceaccount "app" cannot be read: "" must be one or more audiences, separated by commas',
  },
  { name: 'refuses nothing over the grace period', account: { extended: 'x', until: 'y' }, want: undefined },
] as { name: string; namespace?: Said; account?: Said; audiences?: string[]; want: string | undefined }[]) {
  test(`policyRefusal ${name}`, () => {
    assert.equal(policyRefusal(policyOf(namespace, account), audiences)?.message, want);
  });
}

test('a value of any length leaves a short message', () => {
  const refusal = policyRefusal(policyOf({ max: 'x'.repeat(100_000) }, undefined), []);
  assert.ok((refusal?.message.length ?? Number.NaN) < 400);
});

for (const { name, namespace, account, want } of [
  { name: 'nobody’s', want: undefined },
  { name: 'the namespace’s', namespace: { max: '1h' }, want: [3600, 'namespace "ns1"'] },
  {
    name: 'the account’s when it is smaller',
    namespace: { max: '2h' },
    account: { max: '1h' },
    want: [3600, 'serviceaccount "app"'],
  },
  {
    name: 'the namespace’s when that is smaller',
    namespace: { max: '1h' },
    account: { max: '2h' },
    want: [3600, 'namespace "ns1"'],
  },
] as { name: string; namespace?: Said; account?: Said; want: [number, string] | undefined }[]) {
  test(`lifetimeLimit is ${name}`, () => {
    const limit = lifetimeLimit(policyOf(namespace, account));
    const setBy = `annotation identity.mayfly.dev/max-token-expiration of ${want?.[1]}`;
    assert.deepEqual(limit, want && { maxSeconds: want[0], setBy });
  });
}

for (const { name, server = true, namespace, account, want } of [
  { name: 'as the server has it', want: true },
  { name: 'as the server has it, which is none', server: false, want: false },
  { name: 'none where the account wants none', account: { extended: 'false' }, want: false },
  { name: 'none where the namespace wants none', namespace: { extended: 'false' }, want: false },
  {
    name: 'none where the namespace wants none and the account some',
    namespace: { extended: 'false' },
    account: { extended: 'true', until: AFTER },
    want: false,
  },
  { name: 'still there before the date', account: { extended: 'false', until: AFTER }, want: true },
  { name: 'over at the date', account: { extended: 'false', until: AT }, want: false },
  { name: 'over after the date', account: { until: BEFORE }, want: false },
  { name: 'over after the date, also of a wish for it', namespace: { extended: 'true', until: BEFORE }, want: false },
  {
    name: 'there for a namespace until a date, where the server gives none',
    server: false,
    namespace: { extended: 'true', until: AFTER },
    want: true,
  },
  { name: 'not there for a namespace without a date', server: false, namespace: { extended: 'true' }, want: false },
  {
    name: 'not there for an account, with or without a date',
    server: false,
    account: { extended: 'true', until: AFTER },
    want: false,
  },
  {
    name: 'ended by an account where its namespace keeps it',
    server: false,
    namespace: { extended: 'true', until: AFTER },
    account: { extended: 'false' },
    want: false,
  },
  {
    name: 'not brought by "false" with a date',
    server: false,
    namespace: { extended: 'false', until: AFTER },
    want: false,
  },
] as { name: string; server?: boolean; namespace?: Said; account?: Said; want: boolean }[]) {
  test(`the grace period is ${name}`, () => {
    assert.deepEqual(graceVerdict(policyOf(namespace, account), server, NOW), { extend: want, warning: undefined });
  });
}

test('a grace period that cannot be read is none, and the annotation is named', () => {
  for (const said of [{ until: 'soon' }, { extended: 'true', until: 'soon' }]) {
    assert.deepEqual(graceVerdict(policyOf(said, undefined), true, NOW), {
      extend: false,
      warning:
        'no grace period: annotation identity.mayfly.dev/extended-token-expiration-until of namespace "ns1" cannot be read: "soon" must be a time in RFC 3339, such as 2027-01-31T00:00:00Z',
    });
  }
});

test('a namespace that does not exist says nothing', () => {
  const policy = issuancePolicy({ namespace: undefined, serviceAccount: { metadata: {} } });
  assert.equal(policyRefusal(policy, ['x']), undefined);
  assert.equal(lifetimeLimit(policy), undefined);
});
