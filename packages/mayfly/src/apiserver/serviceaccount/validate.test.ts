import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatTime } from '@mayfly/api/meta/v1/time';
import type { ReferencedObject, ServiceAccountGetter } from './getter.ts';
import { BOUND_TOKEN_CHECKS, type BoundTokenEvidence, gatherEvidence, objectRefusal } from './validate.ts';

const NOW = Date.UTC(2026, 0, 1);
const GONE = 'service account token has been invalidated';
const agoText = (seconds: number) => formatTime(NOW - seconds * 1000);

function object(uid: string, deletedSecondsAgo?: number): ReferencedObject {
  return {
    metadata: { uid, ...(deletedSecondsAgo !== undefined && { deletionTimestamp: agoText(deletedSecondsAgo) }) },
  };
}

const CLAIMS = {
  namespace: 'ns1',
  serviceAccount: { name: 'app', uid: 'S1' },
  pod: undefined,
  secret: undefined,
  node: undefined,
  warnAfter: undefined,
};
const POD = { pod: { name: 'p1', uid: 'P1' }, node: { name: 'n1', uid: 'N1' } };
const SECRET = { secret: { name: 's1', uid: 'X1' } };
const NODE = { node: { name: 'n1', uid: 'N1' } };

const rows: readonly {
  name: string;
  claims?: Partial<BoundTokenEvidence['claims']>;
  live?: Partial<BoundTokenEvidence>;
  want: string | undefined;
}[] = [
  { name: 'nothing against it', want: undefined },
  { name: 'SA gone (A8)', live: { serviceAccount: undefined }, want: 'serviceaccounts "app" not found' },
  {
    name: 'SA recreated (A9)',
    live: { serviceAccount: object('S2') },
    want: 'service account UID (S2) does not match claim (S1)',
  },
  { name: 'SA deleted 30 s ago (A10)', live: { serviceAccount: object('S1', 30) }, want: undefined },
  { name: 'SA deleted 60 s ago', live: { serviceAccount: object('S1', 60) }, want: undefined },
  {
    name: 'SA deleted 90 s ago (A11)',
    live: { serviceAccount: object('S1', 90) },
    want: 'service account ns1/app has been deleted',
  },
  {
    name: 'SA recreated and long deleted: uid first',
    live: { serviceAccount: object('S2', 90) },
    want: 'service account UID (S2) does not match claim (S1)',
  },
  {
    name: 'SA with an unreadable deletion time',
    live: { serviceAccount: { metadata: { uid: 'S1', deletionTimestamp: 'x' } } },
    want: 'service account ns1/app has been deleted',
  },
  { name: 'pod alive', claims: POD, live: { pod: object('P1') }, want: undefined },
  { name: 'pod gone (A12)', claims: POD, want: GONE },
  {
    name: 'pod recreated (A13)',
    claims: POD,
    live: { pod: object('P2') },
    want: 'pod UID (P2) does not match service account pod ref claim (P1)',
  },
  { name: 'pod due 59 s ago (A14)', claims: POD, live: { pod: object('P1', 59) }, want: undefined },
  { name: 'pod due 61 s ago (A15)', claims: POD, live: { pod: object('P1', 61) }, want: GONE },
  { name: 'pod alive, node gone (A18)', claims: POD, live: { pod: object('P1'), node: undefined }, want: undefined },
  { name: 'secret alive', claims: SECRET, live: { secret: object('X1') }, want: undefined },
  { name: 'secret gone', claims: SECRET, want: GONE },
  {
    name: 'secret recreated (A16)',
    claims: SECRET,
    live: { secret: object('X2') },
    want: 'secret UID (X2) does not match service account secret ref claim (X1)',
  },
  { name: 'secret deleted 61 s ago', claims: SECRET, live: { secret: object('X1', 61) }, want: GONE },
  { name: 'node alive', claims: NODE, live: { node: object('N1') }, want: undefined },
  { name: 'node gone (A17)', claims: NODE, want: GONE },
  {
    name: 'node recreated (A17)',
    claims: NODE,
    live: { node: object('N2') },
    want: 'node UID (N2) does not match service account node ref claim (N1)',
  },
  { name: 'node deleted 61 s ago', claims: NODE, live: { node: object('N1', 61) }, want: GONE },
  {
    name: 'SA recreated before pod gone',
    claims: POD,
    live: { serviceAccount: object('S2') },
    want: 'service account UID (S2) does not match claim (S1)',
  },
];

for (const { name, claims = {}, live = {}, want } of rows) {
  test(`objectRefusal: ${name}`, () => {
    const evidence: BoundTokenEvidence = {
      claims: { ...CLAIMS, ...claims },
      nowMs: NOW,
      serviceAccount: object('S1'),
      secret: undefined,
      pod: undefined,
      node: undefined,
      ...live,
    };
    assert.equal(objectRefusal(evidence), want);
  });
}

test('the checks run in the order of the contract', () => {
  assert.deepEqual(
    BOUND_TOKEN_CHECKS.map(({ name }) => name),
    [
      'service account exists',
      'service account uid',
      'service account not deleted',
      'bound secret',
      'bound pod',
      'bound node',
    ],
  );
});

function recordingGetter(): { getter: ServiceAccountGetter; asked: string[] } {
  const asked: string[] = [];
  const answer = (what: string) => {
    asked.push(what);
    return Promise.resolve(undefined);
  };
  const getter: ServiceAccountGetter = {
    serviceAccount: (namespace, name) => answer(`serviceaccounts ${namespace}/${name}`),
    pod: (namespace, name) => answer(`pods ${namespace}/${name}`),
    secret: (namespace, name) => answer(`secrets ${namespace}/${name}`),
    node: (name) => answer(`nodes ${name}`),
    namespace: (name) => answer(`namespaces ${name}`),
  };
  return { getter, asked };
}

for (const { claims, want } of [
  { claims: {}, want: ['serviceaccounts ns1/app'] },
  { claims: POD, want: ['serviceaccounts ns1/app', 'pods ns1/p1'] },
  { claims: SECRET, want: ['serviceaccounts ns1/app', 'secrets ns1/s1'] },
  { claims: NODE, want: ['serviceaccounts ns1/app', 'nodes n1'] },
]) {
  test(`gatherEvidence asks for ${want.join(' and ')} only`, async () => {
    const { getter, asked } = recordingGetter();
    await gatherEvidence({ ...CLAIMS, ...claims }, getter, NOW);
    assert.deepEqual(asked, want);
  });
}
