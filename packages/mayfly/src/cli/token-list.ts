/** `mayfly token ls`: the ledger of issued tokens, read through the API and chosen from by the server. */
import type { IssuedToken } from '@mayfly/api/identity/v1alpha1/issued-token';
import { humanDuration } from '../apiserver/endpoints/table/duration.ts';
import { systemClock } from '../clock/clock.ts';
import { ConfigError } from '../config/config-error.ts';
import { kubeconfigPath, readKubeconfig } from './kubeconfig.ts';
import type { TokenListOptions } from './options.ts';
import { printTable } from './table.ts';
import type { Terminal } from './terminal.ts';
import { listQuery, queryTokens } from './token-query.ts';

export async function listTokens(options: TokenListOptions, terminal: Terminal): Promise<void> {
  const nowMs = systemClock.nowMs();
  const order = orderOf(options.sortBy ?? 'namespace');
  const query = listQuery(options, nowMs);
  const found = await queryTokens(await readKubeconfig(kubeconfigPath(options)), query);
  const tokens = found.filter(({ spec }) => Date.parse(spec.expirationTimestamp) > nowMs).sort(order); // rows outlive tokens a little
  if (options.output === 'json') return terminal.out(`${JSON.stringify(tokens, null, 2)}\n`);
  if (tokens.length === 0) return terminal.err('No issued tokens found.\n');
  if (options.output === 'name') {
    for (const { metadata } of tokens) terminal.out(`issuedtoken.identity.mayfly.dev/${metadata?.name}\n`);
    return;
  }
  const columns = options.output === 'wide' ? [...COLUMNS, ...WIDE_COLUMNS] : COLUMNS;
  const headings = columns.map(([heading]) => heading);
  printTable(
    terminal,
    headings,
    tokens.map((token) => columns.map(([, cell]) => cell(token, nowMs))),
  );
}

type Order = (a: IssuedToken, b: IssuedToken) => number;

/** Equal ones by namespace, account, age and id: the same rows print in the same order. */
const KEYS: Readonly<Record<string, (token: IssuedToken) => string>> = {
  namespace: () => '',
  issued: ({ spec }) => spec.issuedAt,
  expires: ({ spec }) => spec.expirationTimestamp,
  used: ({ status }) => status?.lastUsed?.time ?? '',
};

/** @throws ConfigError */
function orderOf(sortBy: string): Order {
  const key = Object.hasOwn(KEYS, sortBy) ? KEYS[sortBy] : undefined;
  if (key === undefined)
    throw new ConfigError(`--sort-by must be one of ${Object.keys(KEYS).join(', ')}; found "${sortBy}"`);
  const keys = (token: IssuedToken): readonly string[] => [
    key(token),
    token.metadata?.namespace ?? '',
    token.spec.serviceAccountName,
    token.spec.issuedAt,
    token.metadata?.name ?? '',
  ];
  return (a, b) => compare(keys(a), keys(b));
}

function compare(a: readonly string[], b: readonly string[]): number {
  const at = a.findIndex((text, i) => text !== b[i]);
  return at < 0 ? 0 : (a[at] ?? '') < (b[at] ?? '') ? -1 : 1;
}

type Column = readonly [heading: string, cell: (token: IssuedToken, nowMs: number) => string];

const COLUMNS: readonly Column[] = [
  ['namespace', ({ metadata }) => metadata?.namespace ?? ''],
  ['service account', ({ spec }) => spec.serviceAccountName],
  ['bound to', ({ spec: { boundObjectRef: bound } }) => (bound === undefined ? '-' : `${bound.kind}/${bound.name}`)],
  ['audiences', ({ spec }) => spec.audiences.join(',')],
  ['age', ({ spec }, nowMs) => humanDuration(nowMs - Date.parse(spec.issuedAt))],
  ['ends in', ({ spec }, nowMs) => humanDuration(Date.parse(spec.expirationTimestamp) - nowMs)],
  ['last used', lastUsed],
  ['id', ({ metadata }) => metadata?.name ?? ''],
];

const WIDE_COLUMNS: readonly Column[] = [
  ['workload', ({ spec: { workload } }) => (workload === undefined ? '-' : `${workload.kind}/${workload.name}`)],
  ['node', ({ spec }) => spec.nodeName ?? '-'],
  ['stale', ({ status }) => (status?.stale === undefined ? '-' : String(status.stale.count))],
  ['requested by', ({ spec }) => spec.requestedBy.username],
  ['source', ({ spec }) => spec.requestedBy.sourceIP],
  ['key id', ({ spec }) => spec.keyID],
];

function lastUsed({ status }: IssuedToken, nowMs: number): string {
  const time = status?.lastUsed?.time;
  return time === undefined ? 'never' : `${humanDuration(nowMs - Date.parse(time))} ago`;
}
