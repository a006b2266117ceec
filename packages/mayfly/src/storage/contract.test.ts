import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { storeContract } from './contract.ts';
import { newMemoryStore } from './memory/memory-store.ts';
import { openSQLiteStore } from './sqlite/sqlite-store.ts';

storeContract('memory', async (clock) => {
  const store = newMemoryStore({ clock });
  return { store, dispose: () => store.close() };
});

storeContract('sqlite', async (clock) => {
  const directory = await mkdtemp(join(tmpdir(), 'mayfly-store-'));
  const store = openSQLiteStore({ path: join(directory, 'store.db'), clock });
  return {
    store,
    async dispose() {
      await store.close();
      await rm(directory, { recursive: true });
    },
  };
});
