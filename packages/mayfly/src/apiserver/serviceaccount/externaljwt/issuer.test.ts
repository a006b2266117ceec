import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseCompactJWS } from '@mayfly/sdk/verify/compact';
import { generateSigningKey, newVerificationKey } from '../../../jose/keys.ts';
import { newKeySigner } from '../../../jose/sign.ts';
import { signatureHolds } from '../../../jose/verify.ts';
import { Keyring, type KeyringEntry } from '../keyring.ts';
import { EXTERNAL_KEY } from './fixture.ts';
import { newExternalTokenIssuer } from './issuer.ts';
import type { SignResponse } from './messages.ts';
import { RPCError } from './rpc-error.ts';

const CLAIMS = {
  namespace: 'ns1',
  serviceAccount: { name: 'app', uid: 'S1' },
  binding: { kind: 'none' },
  audiences: ['api'],
  issuedAt: 0,
  expiresAt: 1,
  warnAfter: undefined,
  jti: 'j',
} as const;
const GOOD = { alg: 'ES256', kid: 'k1', typ: 'JWT' };
const other = await generateSigningKey('P-256');

function entry(kid: string, isPublished = true): KeyringEntry {
  return { key: { ...newVerificationKey(EXTERNAL_KEY.publicKey), kid }, state: 'verifying', isPublished };
}

const encode = (header: object): string => Buffer.from(JSON.stringify(header)).toString('base64url');

async function signed(claims: string, header: object = GOOD, key = EXTERNAL_KEY): Promise<SignResponse> {
  const signature = await newKeySigner(key).sign(Buffer.from(`${encode(header)}.${claims}`));
  return { header: encode(header), signature: signature.toString('base64url') };
}

function newFixture(sign: (claims: string) => Promise<SignResponse>, entries = [entry('k1'), entry('old', false)]) {
  const codes: string[] = [];
  const recorded: string[] = [];
  const keys = new Keyring({ entries, signer: undefined }, async () => {
    keys.replace({
      entries: [...entries.filter(({ key }) => key.kid !== 'new'), entry('new'), entry('new-old', false)],
      signer: undefined,
    });
  });
  const issuer = newExternalTokenIssuer({
    issuer: 'https://iss',
    client: { sign },
    keys,
    signed: (code) => void codes.push(code),
  });
  const issue = (): Promise<string> => issuer.issue(CLAIMS, async (keyID) => void recorded.push(keyID));
  return { issue, codes, recorded };
}

test('the token is header, claims and signature as they were exchanged, recorded under the key that signed', async () => {
  const sent: string[] = [];
  const { issue, codes, recorded } = newFixture((claims) => {
    sent.push(claims);
    return signed(claims);
  });
  const token = await issue();
  const [header, claims] = token.split('.');
  assert.equal(header, encode(GOOD));
  assert.deepEqual([claims], sent);
  assert.equal(JSON.parse(Buffer.from(claims ?? '', 'base64url').toString()).iss, 'https://iss');
  const parsed = parseCompactJWS(token);
  assert.ok(parsed.ok && signatureHolds(parsed.jws, EXTERNAL_KEY));
  assert.deepEqual([codes, recorded], [['OK'], ['k1']]);
});

for (const { name, answer, want, code = 'unknown-non-grpc' } of [
  {
    name: 'E1: a header without typ',
    answer: (claims: string) => signed(claims, { alg: 'ES256', kid: 'k1' }),
    want: 'while validating header: bad type',
  },
  {
    name: 'E2: PS256',
    answer: (claims: string) => signed(claims, { ...GOOD, alg: 'PS256' }),
    want: 'while validating header: bad signing algorithm "PS256"',
  },
  {
    name: 'E7: a key that is excluded',
    answer: (claims: string) => signed(claims, { ...GOOD, kid: 'old' }),
    want: 'while validating header: key used for signing JWT (kid: old) is excluded from OIDC discovery docs',
  },
  {
    name: 'a key that a fetch shows to be excluded',
    answer: (claims: string) => signed(claims, { ...GOOD, kid: 'new-old' }),
    want: 'while validating header: key used for signing JWT (kid: new-old) is excluded from OIDC discovery docs',
  },
  {
    name: 'an empty signature',
    answer: async (claims: string) => ({ ...(await signed(claims)), signature: '' }),
    want: 'empty signature returned',
  },
  {
    name: 'a signature with a dot in it',
    answer: async (claims: string) => ({ ...(await signed(claims)), signature: 'a.b' }),
    want: 'the signature returned is not base64url',
  },
  {
    name: 'a signature by another key than it names',
    answer: (claims: string) => signed(claims, GOOD, other),
    want: 'the signature does not verify with its own key',
  },
  {
    name: 'an algorithm its key does not fit',
    answer: (claims: string) => signed(claims, { ...GOOD, alg: 'ES384' }),
    want: 'the signature does not verify with its own key',
  },
  {
    name: 'a signer that fails',
    answer: () => Promise.reject(new RPCError('PermissionDenied', 'not you')),
    want: 'while signing jwt: rpc error: code = PermissionDenied desc = not you',
    code: 'PermissionDenied',
  },
]) {
  test(`no token comes of ${name}`, async () => {
    const { issue, codes, recorded } = newFixture(answer);
    await assert.rejects(issue(), { message: want });
    assert.deepEqual([codes, recorded], [[code], []]);
  });
}

test('a key that is new is learned before its first token leaves', async () => {
  const { issue, recorded } = newFixture((claims) => signed(claims, { ...GOOD, kid: 'new' }));
  await issue();
  assert.deepEqual(recorded, ['new']);
});

test('a key nobody publishes yet may sign', async () => {
  const { issue, recorded } = newFixture((claims) => signed(claims, { ...GOOD, kid: 'later' }));
  await issue();
  assert.deepEqual(recorded, ['later']);
});

test('every signature is verified, not the first of a key alone', async () => {
  const answers = [EXTERNAL_KEY, other];
  const { issue } = newFixture((claims) => signed(claims, GOOD, answers.shift()));
  await issue();
  await assert.rejects(issue(), { message: 'the signature does not verify with its own key' });
});

test('a name that stands for another key by now is looked up again', async () => {
  const stale: KeyringEntry = { ...entry('new'), key: { ...newVerificationKey(other.publicKey), kid: 'new' } };
  const { issue, recorded } = newFixture((claims) => signed(claims, { ...GOOD, kid: 'new' }), [stale]);
  await issue();
  assert.deepEqual(recorded, ['new']);
});
