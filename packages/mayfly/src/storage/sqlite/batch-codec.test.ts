import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SeededRandom } from '../../random/seeded-random.ts';
import type { LogRecord } from '../mvcc/revision-log.ts';
import type { KeyValue, StoreEvent } from '../store.ts';
import { BATCH_FORMAT, BatchReader, BatchWriter, withoutRecords } from './batch-codec.ts';

interface Decoded {
  readonly record: LogRecord;
  readonly prevRevision: number;
}

function encode(events: readonly StoreEvent[], writer = new BatchWriter()): Buffer {
  writer.clear();
  for (const event of events) writer.add(event);
  assert.equal(writer.data.byteLength, writer.sizeBytes);
  return Buffer.from(writer.data);
}

function decode(data: Uint8Array): Decoded[] {
  const decoded: Decoded[] = [];
  for (const reader = new BatchReader(data); reader.next(); ) {
    decoded.push({ record: reader.record(), prevRevision: reader.prevRevision });
  }
  return decoded;
}

function expected(event: StoreEvent): Decoded {
  const prevRevision = event.prev?.modRevision ?? 0;
  if (event.type === 'put') return { record: { type: 'put', kv: event.kv }, prevRevision };
  return { record: { type: 'delete', key: event.key, modRevision: event.modRevision }, prevRevision };
}

function version(key: string, modRevision: number, more: Partial<KeyValue> = {}): KeyValue {
  return { key, value: new Uint8Array(), createRevision: modRevision, modRevision, version: 1, lease: 0, ...more };
}

function putOf(kv: KeyValue, prevRevision = 0): StoreEvent {
  return { type: 'put', kv, prev: prevRevision === 0 ? undefined : version(kv.key, prevRevision) };
}

function deletionOf(key: string, modRevision: number, prevRevision: number): StoreEvent {
  return { type: 'delete', key, modRevision, prev: version(key, prevRevision) };
}

const MAX = Number.MAX_SAFE_INTEGER;

const edges: readonly (readonly [string, readonly StoreEvent[]])[] = [
  ['no change at all', []],
  ['an empty value', [putOf(version('k', 2))]],
  ['a deletion', [deletionOf('k', 3, 2)]],
  [
    'numbers of one byte and just past it',
    [putOf(version('k', 128, { createRevision: 1, version: 127, lease: 128 }), 1)],
  ],
  [
    'numbers past 32 bits',
    [putOf(version('k', 2 ** 40, { createRevision: 2, version: 2 ** 32, lease: 2 ** 31 }), 2 ** 33)],
  ],
  ['the largest numbers', [putOf(version('k', MAX, { createRevision: 1, version: MAX, lease: MAX }), 1)]],
  ['the longest key, of three bytes a unit', [putOf(version('\uffff'.repeat(2048), 2))]],
  ['a key of surrogate pairs', [putOf(version('😀/é', 2)), deletionOf('😀/é', 3, 2)]],
  ['a value larger than the buffer', [putOf(version('k', 2, { value: new Uint8Array(1_500_000).fill(7) }))]],
  ['several changes of one revision', [putOf(version('a', 5)), deletionOf('b', 5, 2), putOf(version('c', 5), 4)]],
];

for (const [name, events] of edges) {
  test(`gives back ${name}`, () => {
    assert.deepEqual(decode(encode(events)), events.map(expected));
  });
}

test('gives back random batches, with one writer for all of them', () => {
  const seed = Number(process.env.MAYFLY_SEED ?? Math.trunc(performance.timeOrigin) % 1_000_000);
  process.stdout.write(`# seed ${seed}\n`);
  const random = new SeededRandom(seed);
  const writer = new BatchWriter();
  for (let round = 0; round < 200; round++) {
    const events = randomEvents(random);
    const data = encode(events, writer);
    assert.deepEqual(decode(data), events.map(expected));
    const isDropped = (record: BatchReader): boolean => record.modRevision % 3 === round % 3;
    const left = events.map(expected).filter(({ record }) => revisionOf(record) % 3 !== round % 3);
    assert.deepEqual(decode(withoutRecords(data, isDropped) ?? Buffer.of(BATCH_FORMAT)), left);
  }
});

const CHARACTERS = ['a', 'Z', '/', 'é', '\uffff', '😀'];

function randomEvents(random: SeededRandom): StoreEvent[] {
  let revision = 1 + random.int(2 ** random.int(31));
  return Array.from({ length: random.int(40) }, () => {
    revision += random.int(3);
    const key = Array.from({ length: 1 + random.int(30) }, () => CHARACTERS[random.int(CHARACTERS.length)]).join('');
    const prevRevision = random.int(2) * (1 + random.int(revision));
    if (prevRevision !== 0 && prevRevision < revision && random.int(3) === 0)
      return deletionOf(key, revision, prevRevision);
    const value = new Uint8Array(random.int(2 ** random.int(14))).fill(random.int(256));
    const createRevision = 1 + random.int(revision);
    const lease = random.int(2) * random.int(2 ** 31);
    const kv = version(key, revision, { value, createRevision, version: 1 + random.int(1000), lease });
    return putOf(kv, prevRevision < revision ? prevRevision : 0);
  });
}

function revisionOf(record: LogRecord): number {
  return record.type === 'put' ? record.kv.modRevision : record.modRevision;
}

test('a record costs 15 bytes or so beside its key and value', () => {
  const value = new Uint8Array(500);
  const kv = version('/registry/pods/default/one', 1_000_000, { value, createRevision: 900_000, version: 9 });
  const overhead = encode([putOf(kv, 999_000)]).length - kv.key.length - value.length;
  assert.ok(overhead <= 16, `${overhead} bytes`);
});

test('a value read back does not keep the whole batch alive', () => {
  const data = encode([putOf(version('k', 2, { value: Buffer.from('v') })), putOf(version('other', 3))]);
  const [first] = decode(data);
  assert.equal(first?.record.type === 'put' && first.record.kv.value.buffer.byteLength, 1);
});

const sample = encode([putOf(version('key', 300, { value: Buffer.from('value') }), 7), deletionOf('key', 301, 300)]);

const damaged: readonly (readonly [string, Uint8Array])[] = [
  ['nothing', new Uint8Array()],
  ['another format', Buffer.concat([Buffer.of(BATCH_FORMAT + 1), sample.subarray(1)])],
  ['a record that was cut short', sample.subarray(0, -1)],
  ['a number without an end', Buffer.of(BATCH_FORMAT, ...new Array(20).fill(0xff))],
  ['a key longer than the row', Buffer.of(BATCH_FORMAT, 2, 0, 0, 1, 0, 100, 0, 0x61)],
  ['a value longer than the row', Buffer.of(BATCH_FORMAT, 2, 0, 0, 1, 0, 1, 100, 0x61)],
];

for (const [name, data] of damaged) {
  test(`refuses ${name}`, () => {
    assert.throws(() => decode(data), { message: 'a row is damaged; restore the file from a backup' });
  });
}

test('every other byte in a batch is read within its bounds, or refused', () => {
  for (let at = 0; at < sample.length; at++) {
    for (const byte of [0, 1, 0x7f, 0x80, 0xff]) {
      const data = Buffer.from(sample);
      data[at] = byte;
      try {
        assert.ok(decode(data).length <= sample.length);
      } catch (error) {
        assert.match((error as Error).message, /^a row is damaged/);
      }
    }
  }
});

test('dropping takes out just the named records, and says when none is left or none was named', () => {
  const keys = (data: Uint8Array | undefined): string[] | undefined =>
    data && decode(data).map(({ record }) => `${revisionOf(record)} ${record.type}`);
  assert.deepEqual(keys(withoutRecords(sample, ({ modRevision }) => modRevision === 300)), ['301 delete']);
  assert.deepEqual(keys(withoutRecords(sample, (record) => record.version === 0)), ['300 put']);
  assert.equal(
    withoutRecords(sample, () => false),
    sample,
  );
  assert.equal(
    withoutRecords(sample, () => true),
    undefined,
  );
});
