import assert from 'node:assert/strict';
import { test } from 'node:test';
import { apiAudiencesOf, issuerFaults, maxExpirationFault } from './options.ts';

for (const { issuers, want } of [
  { issuers: ['https://new', 'https://iss'], want: [] },
  { issuers: ['plain'], want: [] },
  { issuers: [], want: ['service-account-issuer is a required flag'] },
  { issuers: [''], want: ['service-account-issuer should not be an empty string'] },
  { issuers: ['a', 'a'], want: ['service-account-issuer "a" is already specified'] },
]) {
  test(`issuerFaults of ${JSON.stringify(issuers)}`, () => {
    assert.deepEqual(issuerFaults(issuers), want);
  });
}

test('issuerFaults names an issuer with a colon that is no URL', () => {
  assert.match(
    issuerFaults(['1:2'])[0] ?? '',
    /^service-account-issuer "1:2" contained a ':' but was not a valid URL: /,
  );
});

test('API audiences default to all issuers (J15)', () => {
  assert.deepEqual(apiAudiencesOf([], ['https://new', 'https://iss']), ['https://new', 'https://iss']);
  assert.deepEqual(apiAudiencesOf(['api'], ['https://iss']), ['api']);
});

for (const { seconds, ok } of [
  { seconds: 0, ok: true },
  { seconds: 1800, ok: false }, // R16
  { seconds: 3599, ok: false },
  { seconds: 3600, ok: true },
  { seconds: 2 ** 32, ok: true },
  { seconds: 2 ** 32 + 1, ok: false },
  { seconds: -1, ok: false },
]) {
  test(`a maximum of ${seconds} s is ${ok ? 'allowed' : 'refused'}`, () => {
    const fault = 'the service-account-max-token-expiration must be between 1 hour and 2^32 seconds';
    assert.equal(maxExpirationFault(seconds), ok ? undefined : fault);
  });
}
