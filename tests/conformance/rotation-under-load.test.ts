/**
 * A rotation nobody notices: two servers 30 s apart issue and review all the time, and third parties (jose, which knows
 * nothing of Mayfly) verify with a key set that they keep for as long as its Cache-Control allows, an hour of our clock.
 *
 * The parties fetched at different times, so that at each moment of the rotation one has nearly the oldest set there may be.
 */
import assert from 'node:assert/strict';
import { mock, test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import type { TokenReview } from '@mayfly/api/authentication/v1/token-review';
import type { SigningKey } from '@mayfly/api/identity/v1alpha1/signing-key';
import type { KubernetesObject } from '@mayfly/api/meta/v1/object-meta';
import type { Resource } from '@mayfly/sdk/kube/client';
import { createRemoteJWKSet, customFetch, type JWTVerifyGetKey, jwtVerify } from 'jose';
import { type Mayfly, startMayfly } from 'mayfly/testing';
import { FakeClock } from '../../packages/mayfly/src/clock/fake-clock.ts';
import { newFetcher } from '../../packages/mayfly/src/httpclient/fetch.ts';

const REVIEWS: Resource = { group: 'authentication.k8s.io', version: 'v1', resource: 'tokenreviews' };
const IDENTITY = { group: 'identity.mayfly.dev', version: 'v1alpha1' };
const STEP_MINUTES = 2;
const PARTIES = 6;
const TOKENS_KEPT = 200;

test('no verification fails while a key is announced, signs, and the old one goes', async (context) => {
  const settings = { serviceAccountSigningAlgorithm: 'ES256', serviceAccountExtendTokenExpiration: false } as const;
  const first = await startMayfly(settings);
  const second = await startMayfly({
    ...settings,
    store: first.store,
    clock: new FakeClock(first.clock.nowMs() + 30_000),
  });
  const servers = [first, second];
  mock.timers.enable({ apis: ['Date'], now: first.clock.nowMs() }); // the parties' only clock
  const closers: (() => void)[] = [];
  context.after(async () => {
    mock.timers.reset();
    for (const close of closers) close();
    await second.close();
    await first.close();
  });
  const advance = (ms: number): void => {
    for (const { clock } of servers) clock.advance(ms);
    mock.timers.setTime(first.clock.nowMs());
  };
  await discoveryForAll(first);
  const parties = servers.flatMap((server) => Array.from({ length: PARTIES / 2 }, () => newParty(server, closers)));

  const tokens: string[] = [];
  const signers = new Set<string>();
  let verified = 0;
  const work = async (minute: number): Promise<void> => {
    const issuer = servers[(minute / STEP_MINUTES) % 2] ?? first;
    const token = await issuer.issueToken('default', 'app', { audiences: ['shop', 'https://kubernetes.default.svc'] });
    signers.add(kidOf(token));
    tokens.push(token);
    tokens.splice(0, tokens.length - TOKENS_KEPT);
    const awake = parties.slice(0, 1 + Math.floor(minute / 11)); // each fetches first at another minute
    const living = tokens.slice(-28).filter((_, age) => age % 7 === minute % 7); // a token every other minute, of an hour each
    for (const each of [token, ...living]) {
      const nowSeconds = Math.floor(first.clock.nowMs() / 1000);
      await Promise.all([
        ...servers.map(async ({ admin }) => {
          const { status } = await admin.create<TokenReview>(REVIEWS, { spec: { token: each } } as TokenReview);
          assert.equal(status?.authenticated, true, `minute ${minute}: ${status?.error}`);
        }),
        ...awake.map((party) => party(each, nowSeconds)),
      ]);
      verified += servers.length + awake.length;
    }
  };

  for (let minute = 0; minute < 60; minute += STEP_MINUTES) {
    await work(minute);
    advance(STEP_MINUTES * 60_000);
    await turn();
  }
  await first.admin.request('POST', '/apis/identity.mayfly.dev/v1alpha1/keyrotations', {
    spec: { algorithm: 'RS256' },
  });
  for (let minute = 60; minute < 270; minute += STEP_MINUTES) {
    await work(minute);
    advance(STEP_MINUTES * 60_000);
    await turn();
  }
  const keys = (await second.admin.list<SigningKey>({ ...IDENTITY, resource: 'signingkeys' })).items;
  assert.deepEqual(keys.map(({ spec, status }) => `${spec.algorithm} ${status.state}`).sort(), [
    'ES256 Retired',
    'RS256 Active',
  ]);
  assert.equal(signers.size, 2);
  assert.ok(verified > 3_000, `${verified} verifications`);
});

/** Verifies as a relying party does. It fetches again when its set is as old as the server allows, and at no other time. */
function newParty(server: Mayfly, closers: (() => void)[]) {
  const { url, caCertificate } = server;
  const fetcher = newFetcher({ clock: server.clock, ca: caCertificate, timeoutMs: 60_000, maxResponseBytes: 2 ** 20 });
  closers.push(() => fetcher.close());
  const get = async (address: string): Promise<Response> => {
    const { status, headers, text } = await fetcher.fetch(address, { method: 'GET', headers: { accept: '*/*' } });
    return new Response(await text(), { status, headers: { 'cache-control': headers.get('cache-control') ?? '' } });
  };
  let keys: JWTVerifyGetKey | undefined;
  return async (token: string, nowSeconds: number): Promise<void> => {
    keys ??= await keySet(`${url}/openid/v1/jwks`, get);
    const options = { audience: 'shop', clockTolerance: 60, currentDate: new Date(nowSeconds * 1000) };
    await jwtVerify(token, keys, options);
  };
}

async function keySet(url: string, get: (url: string) => Promise<Response>): Promise<JWTVerifyGetKey> {
  const cacheControl = (await get(url)).headers.get('cache-control') ?? '';
  const maxAgeMs = Number(/max-age=(\d+)/.exec(cacheControl)?.[1]) * 1000;
  assert.equal(maxAgeMs, 3_600_000);
  return createRemoteJWKSet(new URL(url), {
    [customFetch]: get,
    cacheMaxAge: maxAgeMs,
    cooldownDuration: maxAgeMs, // an unknown key id does not make it fetch earlier, as it would by default
  });
}

async function discoveryForAll({ admin }: Mayfly): Promise<void> {
  const group = 'rbac.authorization.k8s.io';
  await admin.create<KubernetesObject>({ group, version: 'v1', resource: 'clusterrolebindings' }, {
    metadata: { name: 'discovery-for-everyone' },
    roleRef: { apiGroup: group, kind: 'ClusterRole', name: 'system:service-account-issuer-discovery' },
    subjects: [{ kind: 'Group', apiGroup: group, name: 'system:unauthenticated' }],
  } as KubernetesObject);
}

function kidOf(token: string): string {
  return (JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString()) as { kid: string }).kid;
}
