import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BAD_SIGNATURE, claimsOf, commonAudiences, peekClaims, timeVerdict } from './claims.ts';
import { type CompactJWS, parseCompactJWS } from './compact.ts';

function jwsOf(payload: string): CompactJWS {
  const parsed = parseCompactJWS(`e30.${Buffer.from(payload).toString('base64url')}.`);
  assert.ok(parsed.ok);
  return parsed.jws;
}

for (const { name, payload, want } of [
  { name: 'reads a list of audiences', payload: '{"aud":["a","b"]}', want: { aud: ['a', 'b'] } },
  { name: 'reads one audience', payload: '{"aud":"a"}', want: { aud: ['a'] } },
  { name: 'takes no audience for none', payload: '{}', want: { aud: [], exp: undefined, iss: '' } },
  { name: 'drops fractions of dates', payload: '{"exp":12.9,"nbf":0}', want: { exp: 12, nbf: 0 } },
  { name: 'takes null for absent', payload: '{"exp":null,"iss":null}', want: { exp: undefined, iss: '' } },
  { name: 'refuses a date that is a string', payload: '{"exp":"12"}', want: undefined },
  { name: 'refuses a date too large for a number', payload: '{"exp":1e999}', want: undefined },
  { name: 'refuses an issuer that is a number', payload: '{"iss":1}', want: undefined },
  { name: 'refuses an audience that is a number', payload: '{"aud":1}', want: undefined },
  { name: 'refuses an audience that is null', payload: '{"aud":null}', want: undefined },
  { name: 'refuses a list with a number in it', payload: '{"aud":["a",1]}', want: undefined },
  { name: 'refuses an array', payload: '[]', want: undefined },
]) {
  test(`claimsOf ${name}`, () => {
    const verdict = claimsOf(jwsOf(payload), true);
    assert.equal(verdict.ok, want !== undefined);
    if (verdict.ok)
      for (const [claim, value] of Object.entries(want ?? {})) {
        assert.deepEqual(Reflect.get(verdict.claims, claim), value);
      }
  });
}

test('claimsOf refuses a duplicate key and names it (J16)', () => {
  const verdict = claimsOf(jwsOf('{"iss":"a","iss":"b"}'), true);
  assert.deepEqual(verdict, { ok: false, message: "json: duplicate key 'iss' in object" });
});

test('claimsOf gives no claims when the signature does not hold', () => {
  assert.deepEqual(claimsOf(jwsOf('{"iss":"a"}'), false), { ok: false, message: BAD_SIGNATURE });
});

test('peekClaims reads the issuer only', () => {
  assert.deepEqual(peekClaims(jwsOf('{"iss":"a","aud":"b"}')), { unverifiedIssuer: 'a' });
  assert.equal(peekClaims(jwsOf('{"iss":1}')), undefined);
  assert.equal(peekClaims(jwsOf('nonsense')), undefined);
});

const NOW = 1_000_000;
for (const { name, claims, want } of [
  { name: 'nothing', claims: {}, want: 'in-time' },
  { name: 'exp a leeway ago', claims: { exp: NOW - 60 }, want: 'in-time' },
  { name: 'exp a second more ago', claims: { exp: NOW - 61 }, want: 'expired' },
  { name: 'nbf a leeway ahead', claims: { nbf: NOW + 60 }, want: 'in-time' },
  { name: 'nbf a second further', claims: { nbf: NOW + 61 }, want: 'not-yet-valid' },
  { name: 'iat a leeway ahead', claims: { iat: NOW + 60 }, want: 'in-time' },
  { name: 'iat a second further', claims: { iat: NOW + 61 }, want: 'issued-in-the-future' },
  { name: 'nbf before exp', claims: { nbf: NOW + 61, exp: NOW - 61 }, want: 'not-yet-valid' },
  { name: 'exp before iat', claims: { iat: NOW + 61, exp: NOW - 61 }, want: 'expired' },
]) {
  test(`timeVerdict: ${name} is ${want}`, () => {
    assert.equal(timeVerdict({ exp: undefined, nbf: undefined, iat: undefined, ...claims }, NOW * 1000, 60), want);
  });
}

test('timeVerdict expires in the first millisecond after the leeway', () => {
  const claims = { exp: NOW, nbf: undefined, iat: undefined };
  assert.equal(timeVerdict(claims, NOW * 1000 + 60_001, 60), 'expired');
});

test('commonAudiences follows what is wanted, repeats included', () => {
  assert.deepEqual(commonAudiences(['b', 'c', 'a', 'b'], ['a', 'b']), ['b', 'a', 'b']);
});
