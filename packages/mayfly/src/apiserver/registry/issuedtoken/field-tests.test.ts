import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseFieldSelector } from '@mayfly/api/fields/selector';
import type { IssuedToken } from '@mayfly/api/identity/v1alpha1/issued-token';
import { FakeClock } from '../../../clock/fake-clock.ts';
import { silentLog } from '../../../log/log.ts';
import { SeededRandom } from '../../../random/seeded-random.ts';
import { newMemoryStore } from '../../../storage/memory/memory-store.ts';
import { encodeObject } from '../generic/codec.ts';
import { newTokenFixture } from '../serviceaccount/token-fixture.ts';
import { newIssuedTokenStorage } from './storage.ts';

const PREFIX = '/registry/identity.mayfly.dev/issuedtokens/';
const USED = { sourceIP: '', userAgent: '"time":"2020-01-01T00:00:00Z"' }; // what looks like a field is text

const ROWS: Readonly<Record<string, Partial<IssuedToken['spec']> & { readonly status?: IssuedToken['status'] }>> = {
  plain: {},
  vault: { audiences: ['api', 'vault'], requestedBy: { username: 'ci "x"', sourceIP: '', userAgent: '' } },
  pod: { boundObjectRef: { apiVersion: 'v1', kind: 'Pod', name: 'p1', uid: 'u' }, nodeName: 'n1', keyID: 'k2' },
  ending: { expirationTimestamp: '2026-01-01T00:59:59Z' },
  used: { status: { lastUsed: { time: '2026-01-01T00:00:00Z', ...USED } } },
  stale: {
    status: {
      lastUsed: { time: '2026-01-02T00:00:00Z', ...USED },
      stale: { count: 1, firstSeen: '2026-01-02T00:00:00Z', lastSeen: '2026-01-02T00:00:00Z', ...USED },
    },
  },
  fresh: { issuedAt: '2026-01-01T12:00:00Z' },
};

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
    const { items } = (await storage.list?.(context(), {
      labelSelector: { requirements: [] },
      fieldSelector: parseFieldSelector(selector),
      limit: 0,
      continue: '',
      resourceVersion: '',
      resourceVersionMatch: '',
    })) ?? { items: [] };
    return items.map(({ metadata }) => metadata?.name).sort();
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
  { selector: 'status.stale=yes', want: 'field selector status.stale: "yes" is not true or false' },
]) {
  test(`the ledger refuses ${selector}`, async () => {
    const { list } = await fill();
    await assert.rejects(list(selector), { message: want, code: 400 });
  });
}

test('a row that cannot match is not decoded', async () => {
  const { store, list } = await fill();
  const value = new TextEncoder().encode('{"not": "JSON", "vault"');
  await store.txn({ compare: [], success: [{ type: 'put', key: `${PREFIX}ns1/torn`, value }] });
  assert.deepEqual(await list('spec.nodeName=n1'), ['pod']);
  assert.deepEqual(await list('expiresBefore=2000-01-01T00:00:00Z,spec.nodeName=n1'), []);
  await assert.rejects(list('spec.audiences=vault'), /cannot be decoded/); // it may match
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
