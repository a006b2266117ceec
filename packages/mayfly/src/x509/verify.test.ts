import assert from 'node:assert/strict';
import { test } from 'node:test';
import { certificates, make, makeCA, NOW_MS } from './chain-fixture.ts';
import { extension, type KeyedCertificate } from './issue.ts';
import { OID } from './oids.ts';
import {
  INCOMPATIBLE_USAGE,
  NOT_A_CA,
  pathVerdict,
  TOO_MANY_INTERMEDIATES,
  TrustAnchors,
  UNHANDLED_CRITICAL,
  UNKNOWN_AUTHORITY,
} from './verify.ts';

const DAY_MS = 86_400_000;
const root = makeCA('root');
const stranger = makeCA('root'); // the same name, another key
const intermediate = makeCA('intermediate', root);
const alice = { subject: ['CN=alice'], usages: [OID.clientAuth] };
const nullValue = Buffer.from([5, 0]);

interface Row {
  readonly name: string;
  readonly leaf: KeyedCertificate;
  readonly sent?: readonly KeyedCertificate[];
  readonly anchors?: readonly KeyedCertificate[];
  readonly atMs?: number;
  /** Undefined: verified. */
  readonly want?: string;
}

const short = makeCA('short', root, { maxPathLength: 0 });
const below = makeCA('below', short);
const expiring = makeCA('expiring', undefined, { lifetimeMs: DAY_MS });
const serverOnlyCA = makeCA('server-only', root, { usages: [OID.serverAuth] });
const notCA = make({ subject: ['CN=not-ca'] }, root);
const selfSigned = make({ subject: ['CN=self'], usages: [OID.clientAuth] });
const constrained = makeCA('constrained', root, {
  extensions: [extension(OID.nameConstraints, false, Buffer.from([0x30, 0]))],
});
const crossA = makeCA('cross');
const loopOne = makeCA('loop-1', crossA);

const rows: readonly Row[] = [
  { name: 'a leaf of an anchor', leaf: make(alice, root) },
  { name: 'a leaf without usages', leaf: make({ subject: ['CN=a'] }, root) },
  { name: 'a leaf for any usage', leaf: make({ ...alice, usages: [OID.anyExtendedKeyUsage] }, root) },
  {
    name: 'a leaf for servers only',
    leaf: make({ ...alice, usages: [OID.serverAuth] }, root),
    want: INCOMPATIBLE_USAGE,
  },
  { name: 'an unknown CA', leaf: make(alice, makeCA('elsewhere')), want: UNKNOWN_AUTHORITY },
  {
    name: 'a CA with the name of ours and another key',
    leaf: make(alice, stranger),
    want: `${UNKNOWN_AUTHORITY} (possibly because of "x509: signature is not valid")`,
  },
  { name: 'an intermediate the peer sent', leaf: make(alice, intermediate), sent: [intermediate] },
  { name: 'an intermediate nobody sent', leaf: make(alice, intermediate), want: UNKNOWN_AUTHORITY },
  { name: 'an anchor that is not self-signed', leaf: make(alice, intermediate), anchors: [intermediate] },
  {
    name: 'an intermediate for servers only',
    leaf: make(alice, serverOnlyCA),
    sent: [serverOnlyCA],
    want: INCOMPATIBLE_USAGE,
  },
  {
    name: 'a leaf that plays CA',
    leaf: make(alice, notCA),
    sent: [notCA],
    want: `${UNKNOWN_AUTHORITY} (possibly because of "${NOT_A_CA}")`,
  },
  { name: 'a path at its length limit', leaf: make(alice, short), sent: [short] },
  {
    name: 'a path over its length limit',
    leaf: make(alice, below),
    sent: [below, short],
    want: TOO_MANY_INTERMEDIATES,
  },
  { name: 'a self-signed leaf', leaf: selfSigned, want: UNKNOWN_AUTHORITY },
  { name: 'a leaf that is an anchor itself', leaf: selfSigned, anchors: [selfSigned] },
  {
    name: 'an expired leaf',
    leaf: make({ ...alice, lifetimeMs: DAY_MS }, root),
    atMs: NOW_MS + DAY_MS + 1000,
    want: 'x509: certificate has expired or is not yet valid: current time 2026-01-02T00:00:01Z is after 2026-01-02T00:00:00Z',
  },
  {
    name: 'a leaf in its last second',
    leaf: make({ ...alice, lifetimeMs: DAY_MS }, root),
    atMs: NOW_MS + DAY_MS + 999,
  },
  {
    name: 'a leaf of tomorrow',
    leaf: make({ ...alice, startMs: NOW_MS + DAY_MS }, root),
    want: 'x509: certificate has expired or is not yet valid: current time 2026-01-01T00:00:00Z is before 2026-01-01T23:55:00Z',
  },
  {
    name: 'an expired anchor',
    leaf: make(alice, expiring),
    anchors: [expiring],
    atMs: NOW_MS + 2 * DAY_MS,
    want: 'x509: certificate has expired or is not yet valid: current time 2026-01-03T00:00:00Z is after 2026-01-02T00:00:00Z',
  },
  {
    name: 'an unknown critical extension',
    leaf: make({ ...alice, extensions: [extension('1.2.3.4', true, nullValue)] }, root),
    want: UNHANDLED_CRITICAL,
  },
  {
    name: 'an unknown extension that is not critical',
    leaf: make({ ...alice, extensions: [extension('1.2.3.4', false, nullValue)] }, root),
  },
  {
    name: 'name constraints, which are not evaluated',
    leaf: make(alice, constrained),
    sent: [constrained],
    want: UNHANDLED_CRITICAL,
  },
  {
    name: 'a chain that never reaches an anchor',
    leaf: make(alice, loopOne),
    sent: [loopOne, crossA, loopOne],
    want: UNKNOWN_AUTHORITY,
  },
];

for (const { name, leaf, sent = [], anchors = [root], atMs = NOW_MS, want } of rows) {
  test(`pathVerdict: ${name}`, () => {
    const verdict = pathVerdict({
      leaf: leaf.certificate,
      intermediates: certificates(...sent),
      anchors: new TrustAnchors(certificates(...anchors)),
      extendedKeyUsage: OID.clientAuth,
      nowMs: atMs,
    });
    assert.equal(verdict.outcome === 'refused' ? verdict.reason : undefined, want);
  });
}

test('pathVerdict gives up on a maze of cross-signed certificates', () => {
  const maze = Array.from({ length: 12 }, () => makeCA('maze'));
  const entry = maze[0] as KeyedCertificate;
  const verdict = pathVerdict({
    leaf: make(alice, entry).certificate,
    intermediates: certificates(...maze, ...maze.map((issuer) => makeCA('maze', issuer))),
    anchors: new TrustAnchors([root.certificate]),
    extendedKeyUsage: OID.clientAuth,
    nowMs: NOW_MS,
  });
  assert.equal(verdict.outcome, 'refused');
});

test('pathVerdict says until when a path holds: its first certificate to end', () => {
  const leaf = make(alice, expiring);
  const anchors = new TrustAnchors([expiring.certificate]);
  const verdict = pathVerdict({
    leaf: leaf.certificate,
    intermediates: [],
    anchors,
    extendedKeyUsage: OID.clientAuth,
    nowMs: NOW_MS,
  });
  assert.equal(verdict.outcome === 'verified' && verdict.validUntilMs, NOW_MS + DAY_MS);
});
