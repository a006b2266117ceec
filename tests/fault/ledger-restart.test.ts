/**
 * A full ledger and a restart: every row of a token that lives is there, searches are right from the first moment on, while
 * the digests that make them fast are still being made, and evidence goes on where it stopped.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { IssuedToken } from '@mayfly/api/identity/v1alpha1/issued-token';
import { type Mayfly, startMayfly } from 'mayfly/testing';
import { encodeObject } from '../../packages/mayfly/src/apiserver/registry/generic/codec.ts';
import { FakeClock } from '../../packages/mayfly/src/clock/fake-clock.ts';
import { openSQLiteStore } from '../../packages/mayfly/src/storage/sqlite/sqlite-store.ts';
import type { Store } from '../../packages/mayfly/src/storage/store.ts';

const ROWS = 30_000; // bench/ledger.bench.ts has 150 000
const AT_ONCE = 1_000;
const ISSUED_TOKENS = { group: 'identity.mayfly.dev', version: 'v1alpha1', resource: 'issuedtokens' };

function rowOf(n: number): IssuedToken {
  const id = `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;
  return {
    kind: 'IssuedToken',
    apiVersion: 'identity.mayfly.dev/v1alpha1',
    metadata: { name: id, namespace: `team-${n % 100}` },
    spec: {
      serviceAccountName: `app-${n % 1000}`,
      serviceAccountUID: 'u',
      audiences: [n % 100 === 7 ? 'vault' : 'api'],
      nodeName: `node-${n % 300}`,
      issuedAt: '2026-01-01T00:00:00Z',
      expirationTimestamp: '2027-01-01T00:00:00Z',
      warnAfterTimestamp: '2026-01-01T01:00:07Z',
      keyID: 'k',
      issuer: 'https://iss',
      requestedBy: { username: 'u', sourceIP: '', userAgent: '' },
    },
  };
}

async function fill(store: Store): Promise<void> {
  const lease = await store.grantLease(370 * 86_400);
  for (let first = 0; first < ROWS; first += AT_ONCE) {
    await Promise.all(
      Array.from({ length: AT_ONCE }, (_, i) => {
        const row = rowOf(first + i);
        const key = `/registry/identity.mayfly.dev/issuedtokens/${row.metadata?.namespace}/${row.metadata?.name}`;
        return store.txn({ compare: [], success: [{ type: 'put', key, value: encodeObject(row), lease }] });
      }),
    );
  }
}

async function count({ admin }: Mayfly, fieldSelector: string): Promise<number> {
  let found = 0;
  let next = '';
  do {
    const page = await admin.list(ISSUED_TOKENS, { fieldSelector, limit: 5_000, continue: next });
    found += page.items.length;
    next = page.metadata.continue ?? '';
  } while (next !== '');
  return found;
}

const LIMIT = { timeout: 60_000 };

test('a ledger of many rows is whole after a restart, and searched rightly at once', LIMIT, async (context) => {
  const directory = mkdtempSync(join(tmpdir(), 'mayfly-ledger-'));
  context.after(() => rmSync(directory, { recursive: true }));
  const clock = new FakeClock(Date.parse('2026-01-01T02:00:00Z'));
  const open = (): Store => openSQLiteStore({ path: join(directory, 'store.db'), clock });
  const before = open();
  await fill(before);
  await before.close();

  const first = open();
  const mayfly = await startMayfly({ clock, store: first });
  const [audience, node] = await Promise.all([
    count(mayfly, 'spec.audiences=vault'),
    count(mayfly, 'spec.nodeName=node-1'),
  ]);
  assert.deepEqual([audience, node], [ROWS / 100, ROWS / 300]); // digests are being made meanwhile
  assert.equal(await count(mayfly, ''), ROWS);
  assert.equal(await count(mayfly, 'extended=true,status.stale=false'), ROWS);
  await mayfly.close(); // in the middle of it or not
  await first.close();

  const second = open();
  const again = await startMayfly({ clock, store: second });
  assert.equal(await count(again, 'spec.audiences=vault'), ROWS / 100);
  await again.close();
  await second.close();
});
