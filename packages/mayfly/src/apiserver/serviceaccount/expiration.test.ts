import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EXTENDED_EXPIRATION_SECONDS, expirationPlan } from './expiration.ts';

const YEAR = EXTENDED_EXPIRATION_SECONDS;
const REQUEST = { requestedSeconds: 3607, isBoundToPod: true, audiences: ['api'] };
const RULES = { apiAudiences: ['api'], maxSeconds: 0, extend: true };

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
