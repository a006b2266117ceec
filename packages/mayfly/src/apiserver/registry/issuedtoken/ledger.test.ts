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
  const ledger = newLedger({ store, clock, random: new SeededRandom(1), log: silentLog });
  const spec = { requestedBy: { userAgent: '' } } as unknown as IssuedToken['spec'];
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
  const use = (sourceIP: string) =>
    fixture.ledger.used(jti, { namespace: 'ns1', sourceIP, userAgent: 'x'.repeat(300), atMs: fixture.clock.nowMs() });
  use('192.0.2.7');
  use('192.0.2.8'); // within the minute: not noted
  assert.equal((await rows(fixture.store))[0]?.status, undefined);
  fixture.clock.advance(60_000);
  await fixture.ledger.flush();
  assert.deepEqual((await rows(fixture.store))[0]?.status?.lastUsed, {
    time: '2026-01-01T00:00:00Z',
    sourceIP: '192.0.2.7',
    userAgent: 'x'.repeat(256),
  });
  use('192.0.2.9');
  await fixture.ledger.flush();
  assert.equal((await rows(fixture.store))[0]?.status?.lastUsed?.sourceIP, '192.0.2.9');
});

test('a use keeps the lease of its row', async () => {
  const fixture = newTokenFixture();
  const { jti } = await issueOne(fixture);
  const leaseOf = async () => (await fixture.store.range({ key: `${PREFIX}ns1/${jti}` })).kvs[0]?.lease;
  const before = await leaseOf();
  fixture.ledger.used(jti, { namespace: 'ns1', sourceIP: '', userAgent: '', atMs: fixture.clock.nowMs() });
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
    fixture.ledger.used(id, { namespace: 'ns1', sourceIP: '', userAgent: '', atMs: fixture.clock.nowMs() });
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
  const ledger = newLedger({ store: broken, clock: fixture.clock, random: new SeededRandom(1), log: silentLog });
  ledger.used('j', { namespace: 'ns1', sourceIP: '', userAgent: '', atMs: 0 });
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
