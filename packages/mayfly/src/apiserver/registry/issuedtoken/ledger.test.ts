import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { IssuedToken } from '@mayfly/api/identity/v1alpha1/issued-token';
import { decodeJwt } from 'jose';
import { silentLog } from '../../../log/log.ts';
import { SeededRandom } from '../../../random/seeded-random.ts';
import type { Store } from '../../../storage/store.ts';
import { newTokenFixture, type TokenFixture } from '../serviceaccount/token-fixture.ts';
import { bucketEnd, LedgerLeases } from './leases.ts';
import { newLedger } from './ledger.ts';
import { newIssuedTokenStorage } from './storage.ts';
import { issuedTokenOf } from './use.ts';

const DEPS = { random: new SeededRandom(1), log: silentLog, onStaleUse: () => undefined };
const SOMEWHERE = { namespace: 'ns1', sourceIP: '', userAgent: '', reviewedBy: '' };
const PREFIX = '/registry/identity.mayfly.dev/issuedtokens/';

async function rows(store: Store): Promise<IssuedToken[]> {
  const { kvs } = await store.range({ key: PREFIX, rangeEnd: `${PREFIX.slice(0, -1)}0` });
  return kvs.map(({ value }) => JSON.parse(Buffer.from(value).toString()) as IssuedToken);
}

async function issueOne(fixture: TokenFixture, body: object = {}) {
  const token = await fixture.token(body);
  return { token, jti: decodeJwt(token).jti ?? '' };
}

test('an issued token leaves a row that says all but the token', async () => {
  const fixture = newTokenFixture();
  const { token, jti } = await issueOne(fixture, {
    spec: { boundObjectRef: { kind: 'Pod', name: 'p1' }, audiences: ['vault'], expirationSeconds: 900 },
  });
  const [row] = await rows(fixture.store);
  assert.deepEqual([row?.kind, row?.apiVersion], ['IssuedToken', 'identity.mayfly.dev/v1alpha1']);
  assert.deepEqual([row?.metadata?.name, row?.metadata?.namespace], [jti, 'ns1']);
  const { keyID, ...spec } = row?.spec ?? { keyID: '' };
  assert.equal(keyID.length, 43);
  assert.deepEqual(spec, {
    serviceAccountName: 'app',
    serviceAccountUID: 'S1',
    audiences: ['vault'],
    boundObjectRef: { apiVersion: 'v1', kind: 'Pod', name: 'p1', uid: 'P1' },
    nodeUID: 'N1',
    workload: { kind: 'Pod', name: 'p1' },
    nodeName: 'n1',
    issuedAt: '2026-01-01T00:00:00Z',
    expirationTimestamp: '2026-01-01T00:15:00Z',
    issuer: 'https://iss',
    requestedBy: {
      username: 'admin',
      uid: 'A1',
      credentialID: 'X509SHA256=00',
      sourceIP: '192.0.2.1',
      userAgent: 'kubectl/v1.35.0',
    },
  });
  for (const part of token.split('.')) assert.ok(!JSON.stringify(row).includes(part));
});

test('the row of an extended token says when it really ends', async () => {
  const fixture = newTokenFixture();
  await issueOne(fixture, { spec: { boundObjectRef: { kind: 'Pod', name: 'p1' }, expirationSeconds: 3607 } });
  assert.equal((await rows(fixture.store))[0]?.spec.expirationTimestamp, '2027-01-01T00:00:00Z');
});

test('an id is never recorded twice', async () => {
  const { store, clock } = newTokenFixture();
  const ledger = newLedger({ ...DEPS, store, clock });
  const spec = { audiences: [], requestedBy: { userAgent: '' } } as unknown as IssuedToken['spec'];
  const entry = { jti: 'j', namespace: 'ns1', expiresAt: 1767229200, spec };
  await ledger.record(entry);
  await assert.rejects(ledger.record(entry), /already issued/);
});

test('rows end with their leases, and many rows share one', async () => {
  const { store, clock } = newTokenFixture();
  let granted = 0;
  const counting: Store = Object.create(store, {
    grantLease: { value: () => Promise.resolve(++granted) },
  }) as Store;
  const leases = new LedgerLeases({ store: counting, clock });
  const nowSeconds = clock.nowMs() / 1000;
  await Promise.all(Array.from({ length: 1000 }, (_, i) => leases.leaseFor(nowSeconds + 3600 + (i % 120))));
  assert.ok(granted <= 2, `${granted} leases`);
  await Promise.all(Array.from({ length: 1000 }, (_, i) => leases.leaseFor(nowSeconds + 600 + i * 4_000_000)));
  assert.ok(granted < 1010);
});

for (const { now, exp } of [
  { now: 0, exp: 600 },
  { now: 1767225600, exp: 1767225600 + 3600 },
  { now: 1767225601, exp: 1767225601 + 365 * 86_400 },
  { now: 1767225601, exp: 1767225601 + 2 ** 32 },
]) {
  test(`a bucket for ${exp - now} s holds the token's last moment and little more`, () => {
    const end = bucketEnd(now, exp);
    assert.ok(end >= exp + 60);
    assert.ok(end - exp - 60 <= Math.max(300, (exp + 60 - now) / 100), `${end - exp}`);
  });
}

test('a failed lease is asked for again', async () => {
  const { store, clock } = newTokenFixture();
  let calls = 0;
  const failing = Object.create(store, {
    grantLease: { value: () => (calls++ === 0 ? Promise.reject(new Error('full')) : Promise.resolve(7)) },
  }) as Store;
  const leases = new LedgerLeases({ store: failing, clock });
  await assert.rejects(leases.leaseFor(1767229200), /full/);
  assert.equal(await leases.leaseFor(1767229200), 7);
});

test('uses are noted at most once a minute, written by the timer, and keep the latest', async () => {
  const fixture = newTokenFixture();
  const { jti } = await issueOne(fixture);
  const use = () => fixture.ledger.used(jti, { ...SOMEWHERE, userAgent: 'x'.repeat(300), atMs: fixture.clock.nowMs() });
  use();
  fixture.clock.advance(59_999);
  use(); // within the minute: not noted
  assert.equal((await rows(fixture.store))[0]?.status, undefined);
  fixture.clock.advance(1);
  await fixture.ledger.flush();
  const userAgent = 'x'.repeat(256);
  assert.deepEqual((await rows(fixture.store))[0]?.status, {
    lastUsed: { time: '2026-01-01T00:00:00Z', sourceIP: '', userAgent },
    seen: [{ sourceIP: '', userAgent, firstSeen: '2026-01-01T00:00:00Z', lastSeen: '2026-01-01T00:00:00Z' }],
  });
  use();
  await fixture.ledger.flush();
  const { lastUsed, seen } = (await rows(fixture.store))[0]?.status ?? {};
  assert.equal(lastUsed?.time, '2026-01-01T00:01:00Z');
  assert.deepEqual(
    seen?.map(({ firstSeen, lastSeen }) => [firstSeen, lastSeen]),
    [['2026-01-01T00:00:00Z', '2026-01-01T00:01:00Z']],
  );
});

test('another address is noted at once: it may be a thief’s', async () => {
  const fixture = newTokenFixture();
  const { jti } = await issueOne(fixture);
  for (const sourceIP of ['192.0.2.7', '192.0.2.8', '192.0.2.7', '192.0.2.8']) {
    fixture.ledger.used(jti, { ...SOMEWHERE, sourceIP, atMs: fixture.clock.nowMs() });
  }
  await fixture.ledger.flush();
  const seen = (await rows(fixture.store))[0]?.status?.seen;
  assert.deepEqual(seen?.map(({ sourceIP }) => sourceIP).sort(), ['192.0.2.7', '192.0.2.8']);
});

test('a row keeps eight sightings, the latest, whatever a client calls itself', async () => {
  const fixture = newTokenFixture();
  const { jti } = await issueOne(fixture);
  for (let i = 0; i < 100; i++) {
    fixture.ledger.used(jti, { ...SOMEWHERE, userAgent: `client-${i}`, atMs: fixture.clock.nowMs() });
    fixture.clock.advance(1000);
    if (i % 5 === 0) await fixture.ledger.flush();
  }
  await fixture.ledger.flush();
  const seen = (await rows(fixture.store))[0]?.status?.seen ?? [];
  assert.equal(seen.length, 8);
  assert.equal(seen[0]?.userAgent, 'client-99');
});

const POD = { boundObjectRef: { kind: 'Pod', name: 'p1' }, expirationSeconds: 3607 };

test('a use past the warning date leaves evidence in the row, and is counted when it is written', async () => {
  const fixture = newTokenFixture();
  const ownerReferences = [{ apiVersion: 'apps/v1', kind: 'StatefulSet', name: 'db', uid: 'u', controller: true }];
  const pod = fixture.objects.pods.get('ns1/p1');
  if (pod !== undefined) fixture.objects.pods.set('ns1/p1', { ...pod, metadata: { ...pod.metadata, ownerReferences } });
  const { jti } = await issueOne(fixture, { spec: POD });
  const use = (userAgent: string) =>
    fixture.ledger.used(jti, { ...SOMEWHERE, sourceIP: '192.0.2.7', userAgent, atMs: fixture.clock.nowMs() });
  fixture.clock.advance(3_607_000);
  use('py/1.0'); // the last second of the hour
  await fixture.ledger.flush();
  assert.equal((await rows(fixture.store))[0]?.status?.stale, undefined);
  assert.deepEqual(fixture.staleUses, []);
  fixture.clock.advance(60_000);
  use('py/1.0');
  fixture.clock.advance(3_600_000);
  use('py/1.1');
  await fixture.ledger.flush();
  const [row] = await rows(fixture.store);
  assert.deepEqual([row?.spec.workload, row?.spec.nodeName], [{ kind: 'StatefulSet', name: 'db' }, 'n1']);
  assert.equal(row?.spec.warnAfterTimestamp, '2026-01-01T01:00:07Z');
  assert.deepEqual(row?.status?.stale, {
    count: 2,
    firstSeen: '2026-01-01T01:01:07Z',
    lastSeen: '2026-01-01T02:01:07Z',
    sourceIP: '192.0.2.7',
    userAgent: 'py/1.1',
  });
  const told = { namespace: 'ns1', serviceAccount: 'app', workload: 'StatefulSet/db', node: 'n1' };
  assert.deepEqual(fixture.staleUses, [
    { ...told, userAgent: 'py/1.0' },
    { ...told, userAgent: 'py/1.1' },
  ]);
});

test('a token that was not extended is never stale', async () => {
  const fixture = newTokenFixture();
  const { jti } = await issueOne(fixture, { spec: { expirationSeconds: 86_400 } });
  fixture.clock.advance(7_200_000);
  fixture.ledger.used(jti, { ...SOMEWHERE, atMs: fixture.clock.nowMs() });
  await fixture.ledger.flush();
  assert.deepEqual([(await rows(fixture.store))[0]?.status?.stale, fixture.staleUses], [undefined, []]);
});

test('two servers add to one row, and neither loses what the other saw', async () => {
  const fixture = newTokenFixture();
  const { jti } = await issueOne(fixture, { spec: POD });
  const other = newLedger({ ...DEPS, store: fixture.store, clock: fixture.clock });
  fixture.clock.advance(7_200_000);
  fixture.ledger.used(jti, { ...SOMEWHERE, sourceIP: '192.0.2.1', atMs: fixture.clock.nowMs() });
  other.used(jti, { ...SOMEWHERE, sourceIP: '192.0.2.2', atMs: fixture.clock.nowMs() - 30_000 }); // its clock is behind
  await Promise.all([fixture.ledger.flush(), other.flush()]);
  const status = (await rows(fixture.store))[0]?.status;
  assert.equal(status?.stale?.count, 2);
  assert.equal(status?.lastUsed?.sourceIP, '192.0.2.1');
  assert.deepEqual(
    status?.seen?.map(({ sourceIP }) => sourceIP),
    ['192.0.2.1', '192.0.2.2'],
  );
});

test('a review tells who asked', async () => {
  const fixture = newTokenFixture();
  const { jti } = await issueOne(fixture);
  fixture.ledger.used(jti, { ...SOMEWHERE, reviewedBy: 'vault', atMs: fixture.clock.nowMs() });
  await fixture.ledger.flush();
  assert.equal((await rows(fixture.store))[0]?.status?.seen?.[0]?.reviewedBy, 'vault');
});

test('a use keeps the lease of its row', async () => {
  const fixture = newTokenFixture();
  const { jti } = await issueOne(fixture);
  const leaseOf = async () => (await fixture.store.range({ key: `${PREFIX}ns1/${jti}` })).kvs[0]?.lease;
  const before = await leaseOf();
  fixture.ledger.used(jti, { ...SOMEWHERE, atMs: fixture.clock.nowMs() });
  await fixture.ledger.flush();
  assert.notEqual(before, 0);
  assert.equal(await leaseOf(), before);
});

test('uses of many tokens, known and unknown, are written in batches', async () => {
  const fixture = newTokenFixture();
  const ids: string[] = [];
  for (let i = 0; i < 70; i++) ids.push((await issueOne(fixture)).jti);
  const before = (await fixture.store.range({ key: PREFIX })).revision;
  for (const id of [...ids, '00000000-0000-4000-8000-000000000000']) {
    fixture.ledger.used(id, { ...SOMEWHERE, atMs: fixture.clock.nowMs() });
  }
  await fixture.ledger.flush();
  const all = await rows(fixture.store);
  assert.equal(all.length, 70);
  assert.ok(all.every(({ status }) => status?.lastUsed !== undefined));
  assert.equal((await fixture.store.range({ key: PREFIX })).revision - before, 2);
});

test('a store that fails takes no request and no flush with it', async () => {
  const fixture = newTokenFixture();
  const broken = Object.create(fixture.store, { txn: { value: () => Promise.reject(new Error('down')) } }) as Store;
  const ledger = newLedger({ ...DEPS, store: broken, clock: fixture.clock });
  ledger.used('j', { ...SOMEWHERE, atMs: 0 });
  await ledger.flush();
});

test('rows can be listed by service account through the API', async () => {
  const fixture = newTokenFixture();
  await issueOne(fixture);
  const storage = newIssuedTokenStorage({
    store: fixture.store,
    clock: fixture.clock,
    random: new SeededRandom(1),
    log: silentLog,
  });
  assert.deepEqual([storage.create, storage.update, storage.delete], [undefined, undefined, undefined]);
  const list = (value: string) =>
    storage.list?.(fixture.context(), {
      labelSelector: { requirements: [] },
      fieldSelector: { requirements: [{ field: 'spec.serviceAccountName', operator: '=', value }] },
      limit: 0,
      continue: '',
      resourceVersion: '',
      resourceVersionMatch: '',
    });
  assert.equal((await list('app'))?.items.length, 1);
  assert.equal((await list('other'))?.items.length, 0);
});

const USER = { name: 'system:serviceaccount:ns1:app', uid: '', groups: ['system:serviceaccounts'], extra: {} };
const ID = '6f0c1e0a-6f0f-4b0e-9a55-3d1a2c0f7b11';
const EXTRA = { 'authentication.kubernetes.io/credential-id': [`JTI=${ID}`] };
for (const { name, user, want } of [
  { name: 'a bound token', user: { ...USER, extra: EXTRA }, want: { namespace: 'ns1', id: ID } },
  {
    name: 'a certificate',
    user: { ...USER, extra: { 'authentication.kubernetes.io/credential-id': ['X509SHA256=00'] } },
    want: undefined,
  },
  { name: 'no credential id', user: USER, want: undefined },
  { name: 'a user outside the service account groups', user: { ...USER, groups: [], extra: EXTRA }, want: undefined },
  {
    name: 'an id that is a path',
    user: { ...USER, extra: { 'authentication.kubernetes.io/credential-id': ['JTI=../../x'] } },
    want: undefined,
  },
]) {
  test(`issuedTokenOf ${name}`, () => {
    assert.deepEqual(issuedTokenOf(user), want);
  });
}
