/** IssuedToken: whose it is, where it is good, how long still, and when it was last seen. */
import type { IssuedToken } from '@mayfly/api/identity/v1alpha1/issued-token';
import { parseTime } from '@mayfly/api/meta/v1/time';
import { type Column, NAME_COLUMN, type TableSpec } from './column.ts';
import { ageOf, humanDuration, UNKNOWN } from './duration.ts';

const NONE = '<none>';

export const ISSUED_TOKEN_TABLE: TableSpec<IssuedToken> = {
  columns: [
    { ...NAME_COLUMN, description: 'The "jti" claim of the token.' },
    column('ServiceAccount', 'Account the token speaks for.', ({ spec }) => spec.serviceAccountName),
    column('Bound To', 'Object whose deletion ends the token.', boundTo),
    column('Audiences', 'Who may accept the token.', ({ spec }) => spec.audiences.join(',') || NONE),
    column('Issued', 'Time since the token was issued.', ({ spec }, nowMs) => ageOf(spec.issuedAt, nowMs)),
    column('Expires', 'Time left, or since it expired.', expires),
    column('Last Used', 'Time since the token was last accepted here.', lastUsed),
    wide('Requested By', 'Who asked for the token.', ({ spec }) => spec.requestedBy.username || NONE),
    wide('Source', 'Address the request came from.', ({ spec }) => spec.requestedBy.sourceIP || NONE),
    wide('Key ID', 'Signing key.', ({ spec }) => spec.keyID || NONE),
    wide('Workload', 'What runs the pod that the token is bound to.', workload),
    wide('Node', 'Node that the pod was on when the token was issued.', ({ spec }) => spec.nodeName ?? NONE),
    wide('Stale', 'Uses past the time at which the token should have been renewed.', staleUses),
  ],
};

function column(name: string, description: string, cell: Column<IssuedToken>['cell']): Column<IssuedToken> {
  return { name, description, cell };
}

function wide(name: string, description: string, cell: Column<IssuedToken>['cell']): Column<IssuedToken> {
  return { name, description, priority: 1, cell };
}

function boundTo({ spec }: IssuedToken): string {
  return spec.boundObjectRef ? `${spec.boundObjectRef.kind}/${spec.boundObjectRef.name}` : NONE;
}

function workload({ spec }: IssuedToken): string {
  return spec.workload ? `${spec.workload.kind}/${spec.workload.name}` : NONE;
}

function staleUses({ status }: IssuedToken): string {
  return String(status?.stale?.count ?? 0);
}

/** `59m` while good, `expired 5m ago` after. */
function expires({ spec }: IssuedToken, nowMs: number): string {
  const atMs = parseTime(spec.expirationTimestamp);
  if (atMs === undefined) return UNKNOWN;
  return atMs > nowMs ? humanDuration(atMs - nowMs) : `expired ${humanDuration(nowMs - atMs)} ago`;
}

function lastUsed({ status }: IssuedToken, nowMs: number): string {
  return status?.lastUsed ? `${ageOf(status.lastUsed.time, nowMs)} ago` : 'never';
}
