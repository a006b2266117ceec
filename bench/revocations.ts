/** Data directories with as many revocations as asked for, written past the wire and in seconds. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { TokenRevocation } from '@mayfly/api/identity/v1alpha1/token-revocation';
import { formatTime } from '@mayfly/api/meta/v1/time';
import { encodeObject } from '../packages/mayfly/src/apiserver/registry/generic/codec.ts';
import { tokenRevocationKeys } from '../packages/mayfly/src/apiserver/registry/tokenrevocation/strategy.ts';
import { systemClock } from '../packages/mayfly/src/clock/clock.ts';
import { systemRandom } from '../packages/mayfly/src/random/random.ts';
import { openSQLiteStore } from '../packages/mayfly/src/storage/sqlite/sqlite-store.ts';
import type { Operation } from '../packages/mayfly/src/storage/store.ts';

const PER_TRANSACTION = 100;

/** Fills a new data directory with revocations of single tokens that live for another day. */
export async function populateRevocations(dataDir: string, count: number): Promise<void> {
  await mkdir(dataDir, { mode: 0o700 });
  const store = openSQLiteStore({ path: join(dataDir, 'store.db'), clock: systemClock });
  const lease = await store.grantLease(86_400);
  for (let written = 0; written < count; written += PER_TRANSACTION) {
    const puts = Array.from({ length: Math.min(PER_TRANSACTION, count - written) }, (): Operation => {
      const revocation = newRevocation();
      const key = tokenRevocationKeys.key('', revocation.metadata?.name ?? '');
      return { type: 'put', key, value: encodeObject(revocation), lease };
    });
    await store.txn({ compare: [], success: puts });
  }
  await store.close();
}

function newRevocation(): TokenRevocation {
  const id = systemRandom.uuid();
  const now = formatTime(systemClock.nowMs());
  return {
    kind: 'TokenRevocation',
    apiVersion: 'identity.mayfly.dev/v1alpha1',
    metadata: { name: id, uid: systemRandom.uuid(), creationTimestamp: now },
    spec: { credentialID: id, reason: 'the machine that held it was lost' },
    status: {
      requestedBy: { username: 'mayfly-admin', sourceIP: '192.0.2.7', userAgent: 'mayfly/0.1.0' },
      expirationTimestamp: formatTime(systemClock.nowMs() + 86_400_000),
      tokens: 1,
    },
  };
}
