/** The words in which the contract is written. */

import assert from 'node:assert/strict';
import type { FakeClock } from '../../clock/fake-clock.ts';
import { CompactedError } from '../errors.ts';
import {
  type KeyValue,
  type Operation,
  prefixEnd,
  type RangeRequest,
  type Store,
  type StoreEvent,
  type StoreWatch,
  type TxnRequest,
  type TxnResponse,
  type WatchBatch,
} from '../store.ts';

export type Check = (promise: string, run: (store: Store, clock: FakeClock) => Promise<void>) => void;

export function putOf(key: string, value = 'v'): Operation & { type: 'put' } {
  return { type: 'put', key, value: Buffer.from(value) };
}

export function absent(key: string): TxnRequest['compare'][number] {
  return { key, target: 'modRevision', equals: 0 };
}

export function put(store: Store, key: string, value?: string): Promise<TxnResponse> {
  return store.txn({ compare: [], success: [putOf(key, value)] });
}

export function remove(store: Store, key: string): Promise<TxnResponse> {
  return store.txn({ compare: [], success: [{ type: 'delete', key }] });
}

export async function get(store: Store, key: string): Promise<KeyValue | undefined> {
  return (await store.range({ key })).kvs[0];
}

export function all(prefix: string): { key: string; rangeEnd: string } {
  return { key: prefix, rangeEnd: prefixEnd(prefix) };
}

export function list(store: Store, prefix: string, rest: Partial<RangeRequest> = {}): ReturnType<Store['range']> {
  return store.range({ ...all(prefix), ...rest });
}

export function keysOf({ kvs }: { kvs: readonly KeyValue[] }): string[] {
  return kvs.map(({ key }) => key);
}

export function facts(kv: KeyValue | undefined): Record<string, unknown> | undefined {
  if (kv === undefined) return undefined;
  const { key, createRevision, modRevision, version, value } = kv;
  return { key, create: createRevision, mod: modRevision, version, value: Buffer.from(value).toString() };
}

export function pair(kv: KeyValue | undefined): string {
  return kv === undefined ? 'nothing' : `${kv.key}=${Buffer.from(kv.value).toString()}`;
}

export function describe(event: StoreEvent): string {
  const what = event.type === 'put' ? `put ${pair(event.kv)}` : `delete ${event.key}`;
  return `${revisionOf(event)} ${what} was ${pair(event.prev)}`;
}

export function revisionOf(event: StoreEvent): number {
  return event.type === 'put' ? event.kv.modRevision : event.modRevision;
}

export function keyOfEvent(event: StoreEvent): string {
  return event.type === 'put' ? event.kv.key : event.key;
}

export function isCompacted(revision: number): (error: unknown) => boolean {
  return (error) => error instanceof CompactedError && error.compactRevision === revision;
}

export function iterate(watch: StoreWatch): AsyncIterator<WatchBatch> {
  return watch[Symbol.asyncIterator]();
}

/** Reads until `count` events have come, and checks that batches keep their word. */
export async function collect(watch: StoreWatch, count: number): Promise<{ events: StoreEvent[] }> {
  const events: StoreEvent[] = [];
  const batches = iterate(watch);
  let reached = 0;
  while (events.length < count) {
    const { done, value } = await batches.next();
    assert.ok(done !== true, `the watch ended after ${events.length} of ${count} events`);
    assert.ok(value.revision >= reached, 'a watch went back');
    for (const event of value.events) assert.ok(revisionOf(event) > reached && revisionOf(event) <= value.revision);
    reached = value.revision;
    events.push(...value.events);
  }
  return { events };
}

/** Lets the event loop turn until the condition holds. */
export async function until(condition: () => Promise<boolean>): Promise<void> {
  for (let turn = 0; turn < 10_000; turn++) {
    if (await condition()) return;
    await new Promise((resolve) => setImmediate(resolve));
  }
  assert.fail('the condition never held');
}
