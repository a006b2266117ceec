/** Wycheproof's JWS and JWK vectors through both verifiers: the program's (node:crypto) and the SDK's (WebCrypto). */
import assert from 'node:assert/strict';
import { createPublicKey, type webcrypto } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { parseCompactJWS } from '@mayfly/sdk/verify/compact';
import { type JSONWebKey, type JWSAlgorithm, newJWTVerifier } from '@mayfly/sdk/verify/verifier';
import { newVerificationKey } from '../../packages/mayfly/src/jose/keys.ts';
import { signatureHolds } from '../../packages/mayfly/src/jose/verify.ts';

interface Group {
  readonly comment: string;
  readonly public?: JSONWebKey & { keys?: readonly JSONWebKey[] };
  readonly private: JSONWebKey & { keys?: readonly JSONWebKey[] };
  readonly tests: readonly {
    tcId: number;
    comment: string;
    jws: unknown;
    result: 'valid' | 'invalid' | 'acceptable';
  }[];
}

const FILES = ['json_web_signature_test.json', 'json_web_key_test.json'] as const;

/**
 * Where we answer otherwise than the vector, each with its reason. May only shrink.
 */
const DIFFERENT: Readonly<Record<string, string>> = {
  ...listed(
    'program json_web_signature',
    [332, 334, 336, 338, 340],
    'an RSA key accepts its whole family, as upstream',
  ),
  ...listed('program json_web_signature', [353, 354, 355, 356], 'keys come from PEM files, which name no use'),
  ...listed('program json_web_key', [6, 19, 20, 21], 'keys come from PEM files, which name no use and no algorithm'),
  ...listed(
    'program json_web_key',
    [7, 8],
    'RSA keys of any size and origin, as upstream: the operator chose the file',
  ),
  ...listed('sdk json_web_signature', [346, 347, 350, 351], 'the key names another algorithm than the token: refused'),
  ...listed('sdk json_web_key', [7], 'weak key generators are not recognised'),
};

function listed(prefix: string, ids: readonly number[], reason: string): Record<string, string> {
  return Object.fromEntries(ids.map((id) => [`${prefix} ${id}`, reason]));
}

function groupsOf(file: string): readonly Group[] {
  const url = new URL(`../vectors/wycheproof/${file}`, import.meta.url);
  return (JSON.parse(readFileSync(url, 'utf8')) as { testGroups: readonly Group[] }).testGroups;
}

const ALGORITHMS: readonly JWSAlgorithm[] = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
];

/** The payloads are no claims, so a signature that held ends as `bad-claims`. */
async function sdkAccepts(keys: readonly JSONWebKey[], jws: string): Promise<boolean> {
  const verifier = newJWTVerifier({
    issuer: 'https://iss',
    audiences: ['api'],
    algorithms: ALGORITHMS,
    keys: () => ({ keys }),
    nowMs: () => 0,
    leewaySeconds: 0,
  });
  const verdict = await verifier.verify(jws);
  assert.equal(verdict.outcome, 'refused');
  return verdict.outcome === 'refused' && verdict.refusal === 'bad-claims';
}

function programAccepts(jwk: JSONWebKey, jws: string): boolean {
  const parsed = parseCompactJWS(jws);
  if (!parsed.ok) return false;
  try {
    const key = newVerificationKey(createPublicKey({ key: jwk as webcrypto.JsonWebKey, format: 'jwk' }));
    return signatureHolds(parsed.jws, key);
  } catch {
    return false; // no such key, so no such signature
  }
}

let ran = 0;
for (const file of FILES) {
  for (const group of groupsOf(file)) {
    for (const { tcId, comment, jws, result } of group.tests) {
      const text = typeof jws === 'string' ? jws : JSON.stringify(jws);
      const keys = (group.public ?? group.private).keys ?? [group.public ?? group.private];
      const isSymmetric = keys.every(({ kty }) => kty === 'oct');
      for (const [verifier, accepts] of [
        ['sdk', () => sdkAccepts(keys, text)],
        ['program', async () => keys.some((key) => programAccepts(key, text))],
      ] as const) {
        const id = `${verifier} ${file.replace('_test.json', '')} ${tcId}`;
        const wanted = result === 'valid' && !isSymmetric; // HMAC never verifies here
        ran++;
        test(`${id} ${group.comment} ${comment}`, async () => {
          assert.equal(await accepts(), id in DIFFERENT ? !wanted : wanted, DIFFERENT[id] ?? comment);
        });
      }
    }
  }
}

test('every vector was run, and every listed difference is a vector', () => {
  assert.equal(ran, 2 * (401 + 26));
});
