import assert from 'node:assert/strict';
import { mock, test } from 'node:test';
import { parseFieldSelector } from '@mayfly/api/fields/selector';
import type { IssuedToken } from '@mayfly/api/identity/v1alpha1/issued-token';
import { FakeClock } from '../../../clock/fake-clock.ts';
import { silentLog } from '../../../log/log.ts';
import { SeededRandom } from '../../../random/seeded-random.ts';
import { newMemoryStore } from '../../../storage/memory/memory-store.ts';
import type { RangeRequest, Store } from '../../../storage/store.ts';
import { encodeObject } from '../generic/codec.ts';
import type { ListOptions } from '../rest.ts';
import { newTokenFixture } from '../serviceaccount/token-fixture.ts';
import { prepareSearches } from './prepare-searches.ts';
import { newIssuedTokenStorage } from './storage.ts';

const PREFIX = '/registry/identity.mayfly.dev/issuedtokens/';
const USED = { sourceIP: '', userAgent: '"time":"2020-01-01T00:00:00Z"' }; // what looks like a field is text

const ROWS: Readonly<Record<string, Partial<IssuedToken['spec']> & { readonly status?: IssuedToken['status'] }>> = {
  plain: {},
  vault: { audiences: ['api', 'vault'], requestedBy: { username: 'ci "x"', sourceIP: '', userAgent: '' } },
  pod: { boundObjectRef: { apiVersion: 'v1', kind: 'Pod', name: 'p1', uid: 'u' }, nodeName: 'n1', keyID: 'k2' },
  ending: { expirationTimestamp: '2026-01-01T00:59:59Z' },
  used: { warnAfterTimestamp: '2026-01-01T00:00:00Z', status: { lastUsed: { time: '2026-01-01T00:00:00Z', ...USED } } },
  stale: {
    status: {
      lastUsed: { time: '2026-01-02T00:00:00Z', ...USED },
      stale: { count: 1, firstSeen: '2026-01-02T00:00:00Z', lastSeen: '2026-01-02T00:00:00Z', ...USED },
    },
  },
  fresh: { issuedAt: '2026-01-01T12:00:00Z' },
};

function options(selector: string): ListOptions {
  const fieldSelector = parseFieldSelector(selector);
  const newest = { resourceVersion: '', resourceVersionMatch: '' } as const;
  return { labelSelector: { requirements: [] }, fieldSelector, limit: 0, continue: '', ...newest };
}

async function fill() {
  const store = newMemoryStore({ clock: new FakeClock() });
  for (const [name, { status, ...spec }] of Object.entries(ROWS)) {
    const row = {
      kind: 'IssuedToken',
      apiVersion: 'identity.mayfly.dev/v1alpha1',
      metadata: { name, namespace: 'ns1' },
      spec: {
        serviceAccountName: name === 'plain' ? 'app' : 'other',
        audiences: ['api'],
        issuedAt: '2025-12-31T00:00:00Z',
        expirationTimestamp: '2026-01-01T01:00:00Z',
        keyID: 'k1',
        requestedBy: { username: 'jane', sourceIP: '', userAgent: '' },
        ...spec,
      },
      ...(status && { status }),
    };
    const key = `${PREFIX}ns1/${name}`;
    await store.txn({ compare: [], success: [{ type: 'put', key, value: encodeObject(row) }] });
  }
  const deps = { store, clock: new FakeClock(), random: new SeededRandom(1), log: silentLog };
  const storage = newIssuedTokenStorage(deps);
  const { context } = newTokenFixture();
  const list = async (selector: string) => {
    const { items } = (await storage.list?.(context(), options(selector))) ?? { items: [] };
    return items.map(({ metadata }) => metadata?.name ?? '').sort();
  };
  return { store, storage, list };
}

const ALL = Object.keys(ROWS).sort();
const without = (...names: string[]) => ALL.filter((name) => !names.includes(name));

for (const { selector, want } of [
  { selector: '', want: ALL },
  { selector: 'metadata.name=pod', want: ['pod'] },
  { selector: 'spec.serviceAccountName=app', want: ['plain'] },
  { selector: 'spec.serviceAccountName!=app', want: without('plain') },
  { selector: 'spec.boundObjectRef.kind=Pod,spec.boundObjectRef.name=p1', want: ['pod'] },
  { selector: 'spec.boundObjectRef.kind=Secret,spec.boundObjectRef.name=p1', want: [] },
  { selector: 'spec.boundObjectRef.name=', want: without('pod') },
  { selector: 'spec.nodeName=n1', want: ['pod'] },
  { selector: 'spec.keyID=k2', want: ['pod'] },
  { selector: 'spec.requestedBy.username=ci "x"', want: ['vault'] },
  { selector: 'spec.requestedBy.username=jane', want: without('vault') },
  { selector: 'spec.audiences=vault', want: ['vault'] },
  { selector: 'spec.audiences!=vault', want: without('vault') },
  { selector: 'spec.audiences=jane', want: [] }, // stands in the row, but elsewhere
  { selector: 'extended=true', want: ['used'] },
  { selector: 'extended=false,issuedBefore=2025-12-31T00:00:01Z', want: without('used', 'fresh') },
  { selector: 'issuedBefore=2025-12-31T00:00:00Z', want: [] },
  { selector: 'expiresBefore=2026-01-01T01:00:00Z', want: ['ending'] },
  { selector: 'expiresBefore=2026-01-01T01:00:01Z', want: ALL },
  { selector: 'expiresBefore=2026-01-01T02:00:00+01:00', want: ['ending'] },
  { selector: 'expiresBefore!=2026-01-01T01:00:00Z', want: without('ending') },
  { selector: 'unusedSince=2026-01-01T00:00:01Z', want: without('stale', 'fresh') },
  { selector: 'unusedSince=2026-01-01T00:00:00Z', want: without('stale', 'fresh', 'used') },
  { selector: 'status.stale=true', want: ['stale'] },
  { selector: 'status.stale=false', want: without('stale') },
]) {
  test(`the ledger answers ${selector || 'no selector'}`, async () => {
    assert.deepEqual(await (await fill()).list(selector), want);
  });
}

for (const { selector, want } of [
  { selector: 'expiresBefore=tomorrow', want: 'field selector expiresBefore: "tomorrow" is not a time in RFC 3339' },
  { selector: 'unusedSince=', want: 'field selector unusedSince: "" is not a time in RFC 3339' },
  { selector: 'extended=', want: 'field selector extended: "" is not true or false' },
  { selector: 'status.stale=yes', want: 'field selector status.stale: "yes" is not true or false' },
]) {
  test(`the ledger refuses ${selector}`, async () => {
    const { list } = await fill();
    await assert.rejects(list(selector), { message: want, code: 400 });
  });
}

test('a row is decoded by the first search and, unless it may match, by no other', async () => {
  const { list } = await fill();
  const counting = mock.method(JSON, 'parse');
  const decoded = () => counting.mock.callCount();
  await list('spec.nodeName=n1');
  assert.equal(decoded(), ALL.length + 1); // and the one that matched
  counting.mock.resetCalls();
  for (const selector of [
    'spec.nodeName=n2',
    'spec.audiences=jane',
    'status.stale=true,spec.keyID=k2',
    'metadata.name=x',
  ])
    assert.deepEqual(await list(selector), []);
  assert.equal(decoded(), 0);
  counting.mock.restore();
});

test('what the server wrote itself is not even decoded once', async () => {
  const fixture = newTokenFixture();
  await fixture.token();
  const { store, clock } = fixture;
  const storage = newIssuedTokenStorage({ store, clock, random: new SeededRandom(1), log: silentLog });
  const counting = mock.method(JSON, 'parse');
  assert.deepEqual((await storage.list?.(fixture.context(), options('spec.keyID=none')))?.items, []);
  assert.equal(counting.mock.callCount(), 0);
  counting.mock.restore();
});

test('rows left by a restart are digested in the background, and a stop does not wait for all of them', async () => {
  const { store } = await fill();
  let ranges = 0;
  const range = (request: RangeRequest) => {
    ranges++;
    return store.range({ ...request, limit: 1 });
  };
  const counting = Object.create(null, {
    range: { value: range },
  }) as Store;
  await prepareSearches(counting)();
  assert.equal(ranges, 1);
});

test('a watch goes by the same keys', async () => {
  const { storage } = await fill();
  const { context } = newTokenFixture();
  const stream = await storage.watch?.(context(), {
    labelSelector: { requirements: [] },
    fieldSelector: parseFieldSelector('status.stale=true'),
    resourceVersion: '',
    resourceVersionMatch: '',
    sendInitialEvents: undefined,
    allowBookmarks: false,
    timeoutMs: Number.POSITIVE_INFINITY,
  });
  for await (const events of stream ?? []) {
    assert.deepEqual(
      events.map(({ type, object }) => `${type} ${object.metadata?.name}`),
      ['ADDED stale'],
    );
    stream?.cancel();
  }
});
