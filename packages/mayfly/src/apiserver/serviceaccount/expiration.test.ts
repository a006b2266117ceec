import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  EXTENDED_EXPIRATION_SECONDS,
  type ExpirationRequest,
  type ExpirationRules,
  expirationVerdict,
} from './expiration.ts';

const YEAR = EXTENDED_EXPIRATION_SECONDS;
const REQUEST = { requestedSeconds: 3607, isWish: true, isBoundToPod: true, audiences: ['api'] };
const RULES = { apiAudiences: ['api'], maxSeconds: 0, extend: true, limit: undefined };

function expirationPlan(request: ExpirationRequest, rules: ExpirationRules) {
  const verdict = expirationVerdict(request, rules);
  assert.equal(verdict.outcome, 'granted');
  return verdict.plan;
}

for (const { name, request, rules, want } of [
  { name: 'extends what the admission plugin asks for (R32)', request: {}, rules: {}, want: [3607, YEAR, 3607] },
  {
    name: 'extends for several API audiences',
    request: { audiences: ['b', 'api'] },
    rules: { apiAudiences: ['api', 'b'] },
    want: [3607, YEAR, 3607],
  },
  {
    name: 'not for another audience beside (R33)',
    request: { audiences: ['api', 'other'] },
    rules: {},
    want: [3607, 3607, undefined],
  },
  { name: 'not one second less (R34)', request: { requestedSeconds: 3606 }, rules: {}, want: [3606, 3606, undefined] },
  { name: 'not one second more', request: { requestedSeconds: 3608 }, rules: {}, want: [3608, 3608, undefined] },
  { name: 'not without a pod (R35, R36)', request: { isBoundToPod: false }, rules: {}, want: [3607, 3607, undefined] },
  { name: 'not when switched off (R37)', request: {}, rules: { extend: false }, want: [3607, 3607, undefined] },
  {
    name: 'past a maximum it does not exceed (R38)',
    request: {},
    rules: { maxSeconds: 7200 },
    want: [3607, YEAR, 3607],
  },
  {
    name: 'not what the maximum has cut (R39)',
    request: {},
    rules: { maxSeconds: 3600 },
    want: [3600, 3600, undefined],
  },
  {
    name: 'what is 3607 after the cut',
    request: { requestedSeconds: 9000 },
    rules: { maxSeconds: 3607 },
    want: [3607, YEAR, 3607],
  },
  {
    name: 'cuts to the maximum (R15)',
    request: { requestedSeconds: 7800, isBoundToPod: false },
    rules: { maxSeconds: 7200 },
    want: [7200, 7200, undefined],
  },
  {
    name: 'leaves the maximum itself alone',
    request: { requestedSeconds: 7200 },
    rules: { maxSeconds: 7200 },
    want: [7200, 7200, undefined],
  },
]) {
  test(`expirationPlan ${name}`, () => {
    const plan = expirationPlan({ ...REQUEST, ...request }, { ...RULES, ...rules });
    assert.deepEqual([plan.reportedSeconds, plan.tokenSeconds, plan.warnAfterSeconds], want);
  });
}

test('expirationPlan warns when it cuts, and only then', () => {
  const cut = expirationPlan({ ...REQUEST, requestedSeconds: 9000 }, { ...RULES, maxSeconds: 7200 });
  assert.equal(cut.warning, 'requested expiration of 9000 seconds shortened to 7200 seconds');
  assert.equal(expirationPlan(REQUEST, RULES).warning, undefined);
});

const LIMIT = { maxSeconds: 3600, setBy: 'annotation A of namespace "ns1"' };
for (const { name, request, rules, want } of [
  { name: 'leaves the limit itself alone', request: { requestedSeconds: 3600 }, rules: {}, want: [3600, undefined] },
  {
    name: 'refuses one second more',
    request: { requestedSeconds: 3601, isBoundToPod: false },
    rules: {},
    want: 'a lifetime of 3601 seconds is more than the 3600 that annotation A of namespace "ns1" allows',
  },
  {
    name: 'cuts what a pod mounts by default',
    request: {},
    rules: {},
    want: [3600, 'requested expiration of 3607 seconds shortened to 3600 seconds by annotation A of namespace "ns1"'],
  },
  {
    name: 'cuts what nobody asked for',
    request: { requestedSeconds: 3600, isWish: false, isBoundToPod: false },
    rules: { limit: { ...LIMIT, maxSeconds: 1800 } },
    want: [1800, 'requested expiration of 3600 seconds shortened to 1800 seconds by annotation A of namespace "ns1"'],
  },
  {
    name: 'holds what the server has cut against the limit',
    request: { requestedSeconds: 9000, isBoundToPod: false },
    rules: { maxSeconds: 3600 },
    want: [3600, 'requested expiration of 9000 seconds shortened to 3600 seconds'],
  },
  {
    name: 'refuses what is still more after the server has cut it',
    request: { requestedSeconds: 9000, isBoundToPod: false },
    rules: { maxSeconds: 7200 },
    want: 'a lifetime of 7200 seconds is more than the 3600 that annotation A of namespace "ns1" allows',
  },
]) {
  test(`a limit ${name}`, () => {
    const verdict = expirationVerdict({ ...REQUEST, ...request }, { ...RULES, limit: LIMIT, ...rules });
    const said = verdict.outcome === 'granted' ? [verdict.plan.reportedSeconds, verdict.plan.warning] : verdict.message;
    assert.deepEqual(said, want);
  });
}

for (const { maxSeconds, want } of [
  { maxSeconds: 86_400, want: [3607, 86_400, 3607] },
  { maxSeconds: 3608, want: [3607, 3608, 3607] },
  { maxSeconds: 3607, want: [3607, 3607, undefined] },
  { maxSeconds: 2 * YEAR, want: [3607, YEAR, 3607] },
]) {
  test(`the grace period ends at a limit of ${maxSeconds} s`, () => {
    const plan = expirationPlan(REQUEST, { ...RULES, limit: { ...LIMIT, maxSeconds } });
    assert.deepEqual([plan.reportedSeconds, plan.tokenSeconds, plan.warnAfterSeconds], want);
  });
}
