import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type LegacyTokenMode, legacyTokenPolicy, policyRefusal, policyWarning } from './policy.ts';

const LAST_SECOND = Date.UTC(2027, 0, 31, 23, 59, 59);
const NEXT_DAY = Date.UTC(2027, 1, 1);

/** `mode decidedBy until` of the policy. */
const shown = (server: LegacyTokenMode, label: string | undefined, nowMs = LAST_SECOND): string => {
  const { mode, decidedBy, until } = legacyTokenPolicy(server, label, nowMs);
  return [mode, decidedBy, until].filter((part) => part !== undefined).join(' ');
};

for (const { label, allow, warn, deny } of [
  { label: undefined, allow: 'allow server', warn: 'warn server', deny: 'deny server' },
  { label: '', allow: 'allow server', warn: 'warn server', deny: 'deny server' },
  { label: 'warn', allow: 'warn namespace', warn: 'warn server', deny: 'deny server' },
  { label: 'deny', allow: 'deny namespace', warn: 'deny namespace', deny: 'deny server' },
  {
    label: 'allow-until-2027-01-31',
    allow: 'allow namespace 2027-01-31',
    warn: 'allow namespace 2027-01-31',
    deny: 'allow namespace 2027-01-31',
  },
  {
    label: 'warn-until-2027-01-31',
    allow: 'warn namespace 2027-01-31',
    warn: 'warn namespace 2027-01-31',
    deny: 'warn namespace 2027-01-31',
  },
  { label: 'allow-until-2027-01-30', allow: 'allow server', warn: 'warn server', deny: 'deny server' },
]) {
  test(`on the last day, a namespace labelled ${label}`, () => {
    assert.equal(shown('allow', label), allow);
    assert.equal(shown('warn', label), warn);
    assert.equal(shown('deny', label), deny);
  });
}

for (const server of ['allow', 'warn', 'deny'] as const) {
  test(`an exception ends with its day: ${server} holds again`, () => {
    assert.equal(shown(server, 'allow-until-2027-01-31', NEXT_DAY), `${server} server`);
    assert.equal(shown(server, 'warn-until-2027-01-31', NEXT_DAY), `${server} server`);
  });
}

for (const label of [
  'allow', // without an end there is no exception
  'allow-until-',
  'allow-until-2027-02-30',
  'allow-until-2027-1-31',
  'allow-until-2027-01-31-1',
  'allow-until-9999999999',
  'Deny',
  'deny-until-2027-01-31',
  'yes',
]) {
  test(`a label that cannot be read makes nothing milder: ${label}`, () => {
    assert.equal(shown('deny', label), 'deny unreadable-label');
    assert.equal(shown('warn', label), 'warn unreadable-label');
    assert.equal(shown('allow', label), 'warn unreadable-label');
  });
}

test('a refusal says which rule it was', () => {
  const refusal = (server: LegacyTokenMode, label?: string) =>
    policyRefusal(legacyTokenPolicy(server, label, LAST_SECOND), 'ns1');
  assert.equal(refusal('allow'), undefined);
  assert.equal(refusal('warn'), undefined);
  assert.equal(
    refusal('deny'),
    'legacy service account tokens are refused by --service-account-legacy-tokens=deny. Use tokens from the TokenRequest API',
  );
  assert.equal(
    refusal('allow', 'deny'),
    'legacy service account tokens are refused by the label identity.mayfly.dev/legacy-tokens of namespace ns1. Use tokens from the TokenRequest API',
  );
  assert.match(
    refusal('deny', 'x') ?? '',
    /=deny; the label identity\.mayfly\.dev\/legacy-tokens of namespace ns1 cannot be read/,
  );
});

test('a warning says until when, and that a label cannot be read', () => {
  const warning = (server: LegacyTokenMode, label?: string) =>
    policyWarning(legacyTokenPolicy(server, label, LAST_SECOND), 'ns1');
  const advice = 'This service account token never expires. Use tokens from the TokenRequest API instead.';
  assert.equal(warning('allow'), undefined);
  assert.equal(warning('deny'), undefined);
  assert.equal(warning('deny', 'allow-until-2027-01-31'), undefined);
  assert.equal(warning('warn'), advice);
  assert.equal(warning('deny', 'warn-until-2027-01-31'), `${advice} This namespace's exception ends after 2027-01-31.`);
  assert.equal(
    warning('allow', 'x'),
    `${advice} Also, the label identity.mayfly.dev/legacy-tokens of namespace ns1 cannot be read.`,
  );
});
