/** TokenRevocation: whose tokens ended, how many, why, and until when it is remembered. */
import type { ObjectIdentity } from '@mayfly/api/identity/v1alpha1/issued-token';
import type { TokenRevocation } from '@mayfly/api/identity/v1alpha1/token-revocation';
import { parseTime } from '@mayfly/api/meta/v1/time';
import { type Column, NAME_COLUMN, type TableSpec } from './column.ts';
import { ageOf, humanDuration, UNKNOWN } from './duration.ts';

const NONE = '<none>';

export const TOKEN_REVOCATION_TABLE: TableSpec<TokenRevocation> = {
  columns: [
    { ...NAME_COLUMN, description: 'Of a single token its "jti" claim.' },
    column('Target', 'What the tokens hang on.', targetOf),
    column('Tokens', 'How many tokens this ended.', ({ status }) => String(status?.tokens ?? UNKNOWN)),
    column('Reason', 'Why, as whoever revoked them says.', ({ spec }) => spec.reason ?? NONE),
    column('Age', 'Time since the tokens were revoked.', ({ metadata }, nowMs) =>
      ageOf(metadata?.creationTimestamp ?? undefined, nowMs),
    ),
    column('Ends', 'Time until the last of the tokens would have expired.', ends),
    wide('Issued Before', 'Only tokens issued before that.', ({ spec }) => spec.issuedBefore ?? NONE),
    wide('Revoked By', 'Who revoked them.', ({ status }) => status?.requestedBy.username ?? NONE),
  ],
};

function column(name: string, description: string, cell: Column<TokenRevocation>['cell']): Column<TokenRevocation> {
  return { name, description, cell };
}

function wide(name: string, description: string, cell: Column<TokenRevocation>['cell']): Column<TokenRevocation> {
  return { name, description, priority: 1, cell };
}

function targetOf({ spec }: TokenRevocation): string {
  if (spec.serviceAccount) return `ServiceAccount/${pathOf(spec.serviceAccount)}`;
  if (spec.pod) return `Pod/${pathOf(spec.pod)}`;
  return spec.node ? `Node/${spec.node.name}` : 'Token';
}

function pathOf({ namespace, name }: ObjectIdentity): string {
  return `${namespace}/${name}`;
}

function ends({ status }: TokenRevocation, nowMs: number): string {
  const atMs = parseTime(status?.expirationTimestamp ?? '');
  if (atMs === undefined) return UNKNOWN;
  return atMs > nowMs ? humanDuration(atMs - nowMs) : 'expired';
}
