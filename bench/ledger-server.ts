/**
 * A whole server on a durable store, with the ledger or with one that writes nothing, in a process of its own.
 *
 * Usage: ledger-server.ts on|off ALGORITHM DIRECTORY. It prints one line of JSON when it answers, and ends with its input.
 * There is no such switch in the product: here the store says yes to the ledger's rows and forgets them.
 */
import { join } from 'node:path';
import { startMayfly, systemClock } from 'mayfly/testing';
import { newAuditLog } from '../packages/mayfly/src/apiserver/audit/log-sink.ts';
import { silentLog } from '../packages/mayfly/src/log/log.ts';
import { openSQLiteStore } from '../packages/mayfly/src/storage/sqlite/sqlite-store.ts';
import type { Operation, Store } from '../packages/mayfly/src/storage/store.ts';

const [, , ledger, algorithm, directory = ''] = process.argv;
const LEDGER_PREFIX = '/registry/identity.mayfly.dev/issuedtokens/';
const ROUND_PATH = '/api/v1/namespaces/default/serviceaccounts/app/token';

const store = openSQLiteStore({ path: join(directory, 'store.db'), clock: systemClock });
const limits = { maxSizeMB: 1000, maxBackups: 1, maxAgeDays: 0, clock: systemClock, log: silentLog };
const mayfly = await startMayfly({
  clock: systemClock,
  store: ledger === 'off' ? withoutLedger(store) : store,
  auditSink: newAuditLog({ path: join(directory, 'audit.log'), ...limits }),
  serviceAccountSigningAlgorithm: algorithm === 'RS256' ? 'RS256' : 'ES256',
});
const roles = { group: 'rbac.authorization.k8s.io', version: 'v1' };
await mayfly.admin.create({ ...roles, resource: 'clusterroles' }, {
  metadata: { name: 'token-requester' },
  rules: [{ apiGroups: [''], resources: ['serviceaccounts/token'], verbs: ['create'] }],
} as object);
await mayfly.admin.create({ ...roles, resource: 'clusterrolebindings' }, {
  metadata: { name: 'caller' },
  roleRef: { apiGroup: roles.group, kind: 'ClusterRole', name: 'token-requester' },
  subjects: [{ kind: 'ServiceAccount', namespace: 'default', name: 'app' }],
} as object);
const token = await mayfly.issueToken('default', 'app', { expirationSeconds: 86_400 });
const port = Number(new URL(mayfly.url).port);
process.stdout.write(`${JSON.stringify({ port, ca: mayfly.caCertificate, token, path: ROUND_PATH })}\n`);
process.stdin.resume().once('end', () => void mayfly.close());

function withoutLedger(real: Store): Store {
  const isRow = ([first]: readonly Operation[]): boolean =>
    first?.type === 'put' && first.key.startsWith(LEDGER_PREFIX);
  return {
    range: (request) => real.range(request),
    txn: (request) =>
      isRow(request.success) ? Promise.resolve({ succeeded: true, revision: 1, results: [] }) : real.txn(request),
    watch: (request) => real.watch(request),
    compact: (revision) => real.compact(revision),
    grantLease: (ttlSeconds) => real.grantLease(ttlSeconds),
    close: () => real.close(),
  };
}
