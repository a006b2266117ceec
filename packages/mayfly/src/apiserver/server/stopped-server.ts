/** The store of a server that does not run, for commands that must not meet a running one. */
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../../clock/clock.ts';
import type { Log } from '../../log/log.ts';
import { openSQLiteStore } from '../../storage/sqlite/sqlite-store.ts';
import type { Store } from '../../storage/store.ts';
import { openDataDirectory } from './data-directory.ts';
import { FaultError } from './fault-error.ts';

export interface StoppedServerOptions {
  readonly dataDir: string;
  /** False: a directory without a store is refused, and none is made. */
  readonly mayMake: boolean;
  readonly clock: Clock;
  readonly log: Log;
}

/**
 * Takes the lock of a data directory, opens its store, and gives both back in the end.
 *
 * @throws FaultError when a server runs there, or there is none; what `use` throws
 */
export async function withStoppedServer<T>(
  options: StoppedServerOptions,
  use: (store: Store) => Promise<T>,
): Promise<T> {
  const { dataDir, mayMake, clock, log } = options;
  const path = join(dataDir, 'store.db');
  if (!mayMake && !(await isThere(path))) {
    throw new FaultError('ERR_DATA_DIRECTORY', `data directory ${dataDir} holds no store; give --data-dir of a server`);
  }
  const directory = await openDataDirectory({ path: dataDir, log });
  try {
    const store = openSQLiteStore({ path, clock, log });
    try {
      return await use(store);
    } finally {
      await store.close();
    }
  } finally {
    await directory.close();
  }
}

function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
