import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deflateRawSync, deflateSync } from 'node:zlib';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import type { Fetch } from '../kube/fetch.ts';
import { newStatusLists, type StatusListOptions } from './status-list.ts';
import { type JSONWebKey, newJWTVerifier } from './verifier.ts';

const NOW = 1_767_225_600;
const URI = 'https://iss/lists/7';
const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true });
const { privateKey: strange } = await generateKeyPair('ES256');
const KEYS = { keys: [{ ...(await exportJWK(publicKey)), kid: 'k', alg: 'ES256' } as JSONWebKey] };

/** Entry 3 is set. Bits of draft-ietf-oauth-status-list-17 §4: the first entry is the lowest bit. */
const BYTES = Uint8Array.of(0b0000_1000, ...new Uint8Array(127));

interface ListParts {
  readonly claims?: Record<string, unknown>;
  readonly header?: Record<string, unknown>;
  readonly lst?: string;
  readonly bits?: unknown;
  readonly key?: CryptoKey;
}

function listToken({ claims, header, lst, bits = 1, key = privateKey }: ListParts = {}): Promise<string> {
  const status_list = { bits, lst: lst ?? deflateSync(BYTES).toString('base64url') };
  return new SignJWT({ sub: URI, iat: NOW, exp: NOW + 3600, ttl: 60, status_list, ...claims })
    .setProtectedHeader({ alg: 'ES256', kid: 'k', typ: 'statuslist+jwt', ...header })
    .sign(key);
}

function token(status: unknown): Promise<string> {
  const claims = {
    iss: 'https://iss',
    aud: ['api'],
    sub: 's',
    exp: NOW + 7200,
    ...(status !== undefined && { status }),
  };
  return new SignJWT(claims).setProtectedHeader({ alg: 'ES256', kid: 'k' }).sign(privateKey);
}

const entry = (idx: unknown, uri: unknown = URI) => ({ status_list: { idx, uri } });

async function* chunksOf(text: string): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < text.length; at += 1000) yield Buffer.from(text.slice(at, at + 1000));
}

function serving(answer: () => Promise<{ status?: number; text: string }>) {
  const asked: string[] = [];
  const fetch: Fetch = async (uri, { headers }) => {
    asked.push(`${uri} ${headers.accept}`);
    const { status = 200, text } = await answer();
    return { status, headers: { get: () => null }, text: async () => text, body: chunksOf(text) };
  };
  return { fetch, asked };
}

function verifierWith(fetch: Fetch, options: Partial<StatusListOptions> = {}, clock = { nowMs: NOW * 1000 }) {
  const shared = { keys: () => KEYS, algorithms: ['ES256'] as const, nowMs: () => clock.nowMs, leewaySeconds: 0 };
  const status = newStatusLists({ ...shared, fetch, allows: () => true, whenUnknown: 'refuse', ...options });
  return newJWTVerifier({ ...shared, issuer: 'https://iss', audiences: ['api'], status });
}

const unknown = (fault: string) => ({ outcome: 'refused', refusal: 'status-unknown', fault });

for (const { name, status, list, options, want } of [
  { name: 'no status', status: undefined, want: 'accepted' },
  { name: 'an entry that is clear', status: entry(2), want: 'accepted' },
  { name: 'the last entry', status: entry(1023), want: 'accepted' },
  { name: 'an entry that is set', status: entry(3), want: { outcome: 'refused', refusal: 'revoked' } },
  { name: 'one past the last', status: entry(1024), want: unknown('index-out-of-range') },
  { name: 'a negative index', status: entry(-1), want: unknown('claim-malformed') },
  { name: 'half an index', status: entry(1.5), want: unknown('claim-malformed') },
  { name: 'an index that is text', status: entry('3'), want: unknown('claim-malformed') },
  { name: 'no address', status: entry(3, null), want: unknown('claim-malformed') },
  { name: 'another mechanism', status: { other: {} }, want: unknown('claim-malformed') },
  { name: 'a status that is text', status: 'good', want: unknown('claim-malformed') },
  { name: 'plain http', status: entry(2, 'http://iss/lists/7'), want: unknown('address-not-allowed') },
  { name: 'a file', status: entry(2, 'file:///etc/passwd'), want: unknown('address-not-allowed') },
  {
    name: 'an address not allowed',
    status: entry(2),
    options: { allows: () => false },
    want: unknown('address-not-allowed'),
  },
  { name: 'a list of two bits', status: entry(1), list: { bits: 2 }, want: { outcome: 'refused', refusal: 'revoked' } },
  {
    name: 'a list of eight bits',
    status: entry(0),
    list: { bits: 8 },
    want: { outcome: 'refused', refusal: 'revoked' },
  },
  { name: 'a list of three bits', status: entry(2), list: { bits: 3 }, want: unknown('list-malformed') },
  {
    name: 'a list that is not zlib',
    status: entry(2),
    list: { lst: deflateRawSync(BYTES).toString('base64url') },
    want: unknown('list-malformed'),
  },
  {
    name: 'a list cut short',
    status: entry(2),
    list: { lst: deflateSync(BYTES).subarray(0, -5).toString('base64url') },
    want: unknown('list-malformed'),
  },
  { name: 'a list signed by a stranger', status: entry(2), list: { key: strange }, want: unknown('list-not-trusted') },
  {
    name: 'a list under another name',
    status: entry(2),
    list: { claims: { sub: 'https://iss/lists/8' } },
    want: unknown('list-not-trusted'),
  },
  {
    name: 'a token in place of a list',
    status: entry(2),
    list: { header: { typ: 'JWT' } },
    want: unknown('list-malformed'),
  },
  {
    name: 'a list without a type',
    status: entry(2),
    list: { header: { typ: undefined } },
    want: unknown('list-malformed'),
  },
  { name: 'an expired list', status: entry(2), list: { claims: { exp: NOW - 1 } }, want: unknown('list-expired') },
  {
    name: 'a list from the future',
    status: entry(2),
    list: { claims: { iat: NOW + 1 } },
    want: unknown('list-expired'),
  },
  {
    name: 'a list without a date',
    status: entry(2),
    list: { claims: { iat: undefined } },
    want: unknown('list-malformed'),
  },
  {
    name: 'a list that inflates beyond the limit',
    status: entry(2),
    options: { maxBytes: 127 },
    want: unknown('list-too-large'),
  },
  {
    name: 'a list that is fetched beyond the limit',
    status: entry(2),
    options: { maxFetchedBytes: 100 },
    want: unknown('list-too-large'),
  },
] as const) {
  test(`a token with ${name}`, async () => {
    const { fetch } = serving(async () => ({ text: await listToken((list ?? {}) as ListParts) }));
    const verdict = await verifierWith(fetch, options).verify(await token(status));
    if (want === 'accepted') assert.equal(verdict.outcome, 'accepted');
    else assert.deepEqual(verdict, want);
  });
}

test('a bomb is not inflated further than the limit', async () => {
  const lst = deflateSync(new Uint8Array(2 ** 28)).toString('base64url');
  const { fetch } = serving(async () => ({ text: await listToken({ lst }) }));
  const before = process.memoryUsage().arrayBuffers;
  assert.deepEqual(await verifierWith(fetch).verify(await token(entry(2))), unknown('list-too-large'));
  assert.ok(process.memoryUsage().arrayBuffers - before < 2 ** 26);
});

test('a download beyond the limit is broken off', async () => {
  let chunks = 0;
  async function* endless(): AsyncGenerator<Uint8Array> {
    for (; chunks < 1_000; chunks++) yield new Uint8Array(1_000);
  }
  const verifier = verifierWith(
    async () => ({ status: 200, headers: { get: () => null }, text: async () => '', body: endless() }),
    { maxFetchedBytes: 10_000 },
  );
  assert.deepEqual(await verifier.verify(await token(entry(2))), unknown('list-too-large'));
  assert.equal(chunks, 10);
});

test('a list is fetched once within its ttl, however many ask, and by its media type', async () => {
  const { fetch, asked } = serving(async () => ({ text: await listToken() }));
  const clock = { nowMs: NOW * 1000 };
  const verifier = verifierWith(fetch, {}, clock);
  const one = await token(entry(2));
  await Promise.all(Array.from({ length: 10 }, () => verifier.verify(one)));
  clock.nowMs += 59_999;
  await verifier.verify(one);
  assert.deepEqual(asked, [`${URI} application/statuslist+jwt`]);
  clock.nowMs += 1;
  await verifier.verify(one);
  assert.equal(asked.length, 2);
});

for (const { whenUnknown, atTTL, atExpiry, never } of [
  { whenUnknown: 'refuse', atTTL: 'refused', atExpiry: 'refused', never: 'refused' },
  { whenUnknown: 'use-last', atTTL: 'accepted', atExpiry: 'refused', never: 'refused' },
  { whenUnknown: 'accept', atTTL: 'accepted', atExpiry: 'accepted', never: 'accepted' },
] as const) {
  test(`when no list can be had: ${whenUnknown}`, async () => {
    let isUp = true;
    const { fetch, asked } = serving(async () => ({ status: isUp ? 200 : 503, text: await listToken() }));
    const clock = { nowMs: NOW * 1000 };
    const verifier = verifierWith(fetch, { whenUnknown }, clock);
    const [good, bad] = [await token(entry(2)), await token(entry(3))];
    assert.equal((await verifier.verify(good)).outcome, 'accepted');
    isUp = false;
    clock.nowMs += 60_000;
    assert.equal((await verifier.verify(good)).outcome, atTTL);
    assert.equal((await verifier.verify(bad)).outcome, 'refused');
    assert.equal(asked.length, 2, 'a failed fetch is not tried again at once');
    clock.nowMs += 3_540_001;
    assert.equal((await verifier.verify(good)).outcome, atExpiry);
    assert.equal((await verifierWith(fetch, { whenUnknown }).verify(good)).outcome, never);
  });
}

test('a fetch that throws is a list that cannot be reached', async () => {
  const verifier = verifierWith(() => Promise.reject(new Error('no route')));
  assert.deepEqual(await verifier.verify(await token(entry(2))), unknown('list-unreachable'));
});
