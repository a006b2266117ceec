import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MAX_TOKEN_LENGTH, parseCompactJWS } from './compact.ts';

const part = (text: string) => Buffer.from(text).toString('base64url');
const HEADER = part('{"alg":"RS256","kid":"k"}');

for (const { name, token, want } of [
  { name: 'reads three parts', token: `${HEADER}.e30.AQ`, want: 'ok' },
  { name: 'reads an empty payload and signature', token: `${HEADER}..`, want: 'ok' },
  { name: 'refuses two parts', token: `${HEADER}.e30`, want: 'not-three-parts' },
  { name: 'refuses four parts', token: `${HEADER}.e30.AQ.`, want: 'not-three-parts' },
  { name: 'refuses five parts (JWE)', token: `${HEADER}....`, want: 'not-three-parts' },
  { name: 'refuses JSON serialization', token: '{"payload":"e30"}', want: 'not-three-parts' },
  { name: 'refuses padding in the header', token: `${part('{"a":1}x')}=.e30.AQ`, want: 'not-base64url' },
  { name: 'refuses a signature with spare bits', token: `${HEADER}.e30.AR`, want: 'not-base64url' },
  { name: 'refuses a payload that is not base64url', token: `${HEADER}.e+0.AQ`, want: 'not-base64url' },
  { name: 'refuses a header that is no object', token: `${part('[]')}.e30.AQ`, want: 'bad-header' },
  {
    name: 'refuses a header with a duplicate key',
    token: `${part('{"alg":"a","alg":"b"}')}.e30.AQ`,
    want: 'bad-header',
  },
  { name: 'refuses an alg that is no string', token: `${part('{"alg":1}')}.e30.AQ`, want: 'bad-header' },
  { name: 'refuses a kid that is no string', token: `${part('{"alg":"RS256","kid":1}')}.e30.AQ`, want: 'bad-header' },
  {
    name: 'refuses what is longer than the limit',
    token: `${HEADER}.${'A'.repeat(MAX_TOKEN_LENGTH)}.AQ`,
    want: 'too-long',
  },
]) {
  test(`parseCompactJWS ${name}`, () => {
    const verdict = parseCompactJWS(token);
    assert.equal(verdict.ok ? 'ok' : verdict.fault, want);
  });
}

for (const { header, needsExtension } of [
  { header: '{"alg":"RS256"}', needsExtension: false },
  { header: '{"alg":"RS256","b64":true}', needsExtension: false },
  { header: '{"alg":"RS256","b64":false}', needsExtension: true },
  { header: '{"alg":"RS256","crit":["exp"],"exp":1}', needsExtension: true },
  { header: '{"alg":"RS256","crit":[]}', needsExtension: true },
]) {
  test(`parseCompactJWS says of ${header} that it ${needsExtension ? 'needs' : 'needs no'} extension`, () => {
    const verdict = parseCompactJWS(`${part(header)}.e30.AQ`);
    assert.equal(verdict.ok && verdict.jws.header.needsExtension, needsExtension);
  });
}
