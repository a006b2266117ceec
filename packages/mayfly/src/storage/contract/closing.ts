import assert from 'node:assert/strict';
import { type Check, iterate, put } from './phrases.ts';

export function closingPromises(check: Check): void {
  check('ends watches and refuses everything once closed', async (store) => {
    await put(store, 'a');
    const live = iterate(store.watch({ key: 'a' })).next();
    const behind = store.watch({ key: 'a', startRevision: 1 });
    const waiting = put(store, 'b');
    const refused = assert.rejects(waiting, { code: 'ERR_STORE_CLOSED' });
    await store.close();
    await store.close();
    await refused;
    assert.equal((await live).done, true);
    assert.equal((await iterate(behind).next()).done, true);
    const closed = { code: 'ERR_STORE_CLOSED' };
    await assert.rejects(store.range({ key: 'a' }), closed);
    await assert.rejects(put(store, 'a'), closed);
    await assert.rejects(store.compact(2), closed);
    await assert.rejects(store.grantLease(1), closed);
  });
}
