import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isBase64URL, readSignedHeader } from './header.ts';

const encode = (header: unknown): string =>
  Buffer.from(typeof header === 'string' ? header : JSON.stringify(header)).toString('base64url');

for (const alg of ['RS256', 'ES256', 'ES384', 'ES512']) {
  test(`a header with ${alg} is taken`, () => {
    assert.deepEqual(readSignedHeader(encode({ typ: 'JWT', alg, kid: 'k' })), { alg, kid: 'k' });
  });
}

test('a key may be called anything of 1024 bytes', () => {
  assert.equal(readSignedHeader(encode({ alg: 'RS256', kid: 'k'.repeat(1024), typ: 'JWT' })).kid.length, 1024);
});

const GOOD = { alg: 'RS256', kid: 'k', typ: 'JWT' };
for (const { name, header, want } of [
  { name: 'E1: without typ', header: { alg: 'RS256', kid: 'k' }, want: 'bad type' },
  { name: 'with another typ', header: { ...GOOD, typ: 'at+jwt' }, want: 'bad type' },
  { name: 'with typ in small letters', header: { ...GOOD, typ: 'jwt' }, want: 'bad type' },
  { name: 'E2: with PS256', header: { ...GOOD, alg: 'PS256' }, want: 'bad signing algorithm "PS256"' },
  { name: 'with none', header: { ...GOOD, alg: 'none' }, want: 'bad signing algorithm "none"' },
  { name: 'with HS256', header: { ...GOOD, alg: 'HS256' }, want: 'bad signing algorithm "HS256"' },
  { name: 'without alg', header: { kid: 'k', typ: 'JWT' }, want: 'bad signing algorithm ""' },
  { name: 'without kid', header: { alg: 'RS256', typ: 'JWT' }, want: 'key id missing' },
  {
    name: 'with a kid of 1025 bytes',
    header: { ...GOOD, kid: `${'k'.repeat(1023)}é` },
    want: 'key id longer than 1 kb',
  },
  {
    name: 'with one member more',
    header: { ...GOOD, crit: 'b64' },
    want: 'while parsing header JSON: json: unknown field "crit"',
  },
  {
    name: 'with a member in another case',
    header: { Alg: 'RS256', kid: 'k', typ: 'JWT' },
    want: 'while parsing header JSON: json: unknown field "Alg"',
  },
  {
    name: 'with a number for kid',
    header: { ...GOOD, kid: 1 },
    want: 'while parsing header JSON: json: cannot unmarshal "kid" into a string',
  },
  {
    name: 'with a member twice',
    header: '{"alg":"RS256","alg":"none","kid":"k","typ":"JWT"}',
    want: 'while parsing header JSON: json: duplicate key in object',
  },
  { name: 'that is a list', header: [], want: 'while parsing header JSON: json: cannot unmarshal into an object' },
  { name: 'that is no JSON', header: '{', want: 'while parsing header JSON: invalid character' },
]) {
  test(`a header ${name} is refused`, () => {
    assert.throws(() => readSignedHeader(encode(header)), { message: want });
  });
}

for (const header of ['', 'a', 'e30=', 'e3+/', 'e30.e30']) {
  test(`"${header}" is no header`, () => {
    assert.equal(isBase64URL(header), false);
    assert.throws(() => readSignedHeader(header), { message: 'while unwrapping header: illegal base64 data' });
  });
}
