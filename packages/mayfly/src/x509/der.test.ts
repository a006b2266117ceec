import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SeededRandom } from '../random/seeded-random.ts';
import { parseCertificate } from './certificate.ts';
import { make, NOW_MS } from './chain-fixture.ts';
import {
  DERError,
  DERReader,
  encode,
  encodeOID,
  encodeTime,
  encodeUnsigned,
  readBoolean,
  readInteger,
  readOID,
  readString,
  readTime,
  TAG,
} from './der.ts';
import { OID } from './oids.ts';
import { pathVerdict, TrustAnchors } from './verify.ts';

const bytes = (hex: string): Buffer => Buffer.from(hex.replaceAll(' ', ''), 'hex');
const element = (hex: string) => {
  const reader = new DERReader(bytes(hex));
  const found = reader.next();
  reader.end();
  return found;
};

for (const { name, hex } of [
  { name: 'an empty input', hex: '' },
  { name: 'an indefinite length', hex: '30 80 00 00' },
  { name: 'a long form of a short length', hex: '04 81 01 00' },
  { name: 'a length with a leading zero', hex: `04 82 00 80 ${'00'.repeat(128)}` },
  { name: 'a length of five octets', hex: '04 85 00 00 00 00 01 00' },
  { name: 'a length past the end', hex: '04 05 00' },
  { name: 'a high tag number', hex: '1f 01 00' },
  { name: 'trailing bytes', hex: '05 00 00' },
]) {
  test(`DERReader refuses ${name}`, () => assert.throws(() => element(hex), DERError));
}

for (const { name, read } of [
  { name: 'an integer with a needless zero', read: () => readInteger(element('02 02 00 01')) },
  { name: 'an empty integer', read: () => readInteger(element('02 00')) },
  { name: 'a boolean that is neither', read: () => readBoolean(element('01 01 01')) },
  { name: 'an identifier that ends within an arc', read: () => readOID(element('06 01 80')) },
  { name: 'an identifier with a padded arc', read: () => readOID(element('06 03 2a 80 01')) },
  {
    name: 'a thirteenth month',
    read: () => readTime(element(`17 0d ${Buffer.from('261301000000Z').toString('hex')}`)),
  },
  {
    name: 'a 30th of February',
    read: () => readTime(element(`17 0d ${Buffer.from('260230000000Z').toString('hex')}`)),
  },
  {
    name: 'a time with an offset',
    read: () => readTime(element(`17 11 ${Buffer.from('260101000000+0100').toString('hex')}`)),
  },
  { name: 'broken UTF-8', read: () => readString(element('0c 01 ff')) },
  { name: 'an @ in a PrintableString', read: () => readString(element('13 01 40')) },
]) {
  test(`refuses ${name}`, () => assert.throws(read, DERError));
}

test('object identifiers survive a round trip', () => {
  for (const oid of [...Object.values(OID), '2.999.1', '0.39', '1.2.18446744073709551616']) {
    assert.equal(readOID(new DERReader(encodeOID(oid)).next(TAG.oid)), oid);
  }
});

test('times are UTCTime through 2049 and GeneralizedTime after', () => {
  for (const [ms, tag] of [
    [NOW_MS, TAG.utcTime],
    [Date.UTC(2049, 11, 31, 23, 59, 59), TAG.utcTime],
    [Date.UTC(2050, 0, 1), TAG.generalizedTime],
  ] as const) {
    const found = new DERReader(encodeTime(ms)).next(tag);
    assert.equal(readTime(found), ms);
  }
});

test('an unsigned integer with a high bit keeps its sign', () => {
  assert.equal(readInteger(new DERReader(encodeUnsigned(bytes('00 ff'))).next(TAG.integer)), 255n);
});

test('a certificate nested a thousand sequences deep is refused, not recursed into', () => {
  let nested: Buffer = encode(TAG.sequence);
  for (let i = 0; i < 1000; i++) nested = encode(TAG.sequence, nested);
  assert.throws(() => parseCertificate(nested), DERError);
});

test('a mutated certificate is refused by its parser or its signature, and never crashes', () => {
  const seed = Number(process.env.MAYFLY_TEST_SEED ?? 20261121);
  const random = new SeededRandom(seed);
  const ca = make({ subject: ['CN=ca'], isCA: true });
  const leaf = make({ subject: ['CN=alice', 'O=a+O=b'], usages: [OID.clientAuth] }, ca).certificate;
  const anchors = new TrustAnchors([ca.certificate]);
  for (let round = 0; round < 3000; round++) {
    const hostile = mutate(leaf.raw, random);
    try {
      const verdict = pathVerdict({
        leaf: parseCertificate(hostile),
        intermediates: [],
        anchors,
        extendedKeyUsage: OID.clientAuth,
        nowMs: NOW_MS,
      });
      assert.equal(verdict.outcome, 'refused', `seed ${seed}, round ${round}`);
    } catch (error) {
      assert.ok(error instanceof DERError, `seed ${seed}, round ${round}: ${String(error)}`);
    }
  }
});

function mutate(raw: Uint8Array, random: SeededRandom): Buffer {
  const copy = Buffer.from(raw);
  const at = random.int(copy.length);
  const kind = random.int(3);
  if (kind === 0) return copy.subarray(0, at);
  if (kind === 1) return Buffer.concat([copy.subarray(0, at), random.bytes(1 + random.int(8)), copy.subarray(at)]);
  copy[at] = (copy[at] ?? 0) ^ (1 + random.int(255));
  return copy;
}
