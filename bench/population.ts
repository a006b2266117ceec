/** Data directories with as many service accounts and pods as asked for, written past the wire and in seconds. */

import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Namespace } from '@mayfly/api/core/v1/namespace';
import type { Pod } from '@mayfly/api/core/v1/pod';
import type { ServiceAccount } from '@mayfly/api/core/v1/service-account';
import { newRegistry } from '../packages/mayfly/src/apiserver/registry/registry.ts';
import { newWriter } from '../packages/mayfly/src/apiserver/registry/writer.ts';
import { systemClock } from '../packages/mayfly/src/clock/clock.ts';
import { silentLog } from '../packages/mayfly/src/log/log.ts';
import { systemRandom } from '../packages/mayfly/src/random/random.ts';
import { openSQLiteStore } from '../packages/mayfly/src/storage/sqlite/sqlite-store.ts';

export interface Population {
  readonly serviceAccounts: number;
  /** Pod n runs as service account n. */
  readonly pods: number;
}

const PER_NAMESPACE = 100;
const AT_ONCE = 1000;

export interface Place {
  readonly namespace: string;
  readonly name: string;
}

/** Where service account n is, and the pod that runs as it. Neighbours by number are not neighbours by key. */
export function placeOf(n: number, { serviceAccounts }: Population): Place {
  const namespaces = Math.ceil(serviceAccounts / PER_NAMESPACE);
  return { namespace: `team-${n % namespaces}`, name: `app-${Math.floor(n / namespaces)}` };
}

/** Fills a new data directory. The server that starts on it adds its own. */
export async function populate(dataDir: string, population: Population): Promise<void> {
  await mkdir(dataDir, { mode: 0o700 });
  const store = openSQLiteStore({ path: join(dataDir, 'store.db'), clock: systemClock });
  const registry = newRegistry({ store, clock: systemClock, random: systemRandom, log: silentLog });
  const namespaces = newWriter<Namespace>(registry, 'namespaces');
  const serviceAccounts = newWriter<ServiceAccount>(registry, 'serviceaccounts');
  const pods = newWriter<Pod>(registry, 'pods');
  await many(Math.ceil(population.serviceAccounts / PER_NAMESPACE), (n) =>
    namespaces.create({ metadata: { name: `team-${n}` } }),
  );
  await many(population.serviceAccounts, (n) => serviceAccounts.create({ metadata: placeOf(n, population) }));
  await many(population.pods, (n) => pods.create(podOf(placeOf(n, population))));
  await store.close();
}

async function many(count: number, create: (n: number) => Promise<void>): Promise<void> {
  for (let first = 0; first < count; first += AT_ONCE) {
    await Promise.all(Array.from({ length: Math.min(AT_ONCE, count - first) }, (_, i) => create(first + i)));
  }
}

function podOf(place: Place): Pod {
  const containers = [{ name: 'main', image: 'registry.example/app:1' }];
  return { metadata: { ...place }, spec: { serviceAccountName: place.name, containers } } as Pod;
}
