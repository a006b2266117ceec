/** What the server's ledger knows of a token: who asked for it, from where, and where it was last seen. */
import type { IssuedToken } from '@mayfly/api/identity/v1alpha1/issued-token';
import { humanDuration } from '../apiserver/endpoints/table/duration.ts';
import { callAPI, statusMessage } from './api-client.ts';
import type { ServerAccess } from './kubeconfig.ts';
import { printable } from './table.ts';

export const ISSUED_TOKENS_PATH = '/apis/identity.mayfly.dev/v1alpha1';

export type LedgerAnswer =
  | { readonly found: true; readonly row: IssuedToken }
  | { readonly found: false; readonly why: string };

/** @param claims unverified: they only choose which row is asked for */
export async function askLedger(
  access: ServerAccess,
  claims: Readonly<Record<string, unknown>>,
): Promise<LedgerAnswer> {
  const { jti } = claims;
  const namespace = (claims['kubernetes.io'] as { namespace?: unknown } | undefined)?.namespace;
  if (typeof jti !== 'string' || typeof namespace !== 'string')
    return { found: false, why: 'the token names no namespace and id' };
  const path = `namespaces/${encodeURIComponent(namespace)}/issuedtokens/${encodeURIComponent(jti)}`;
  const response = await callAPI(access, 'GET', `${ISSUED_TOKENS_PATH}/${path}`);
  if (response.status === 200) return { found: true, row: response.body as IssuedToken };
  return {
    found: false,
    why: response.status === 404 ? 'not issued by this server, or ended' : statusMessage(response),
  };
}

/** Lines such as `requested by  jane from 10.0.0.7 with kubectl/v1.35.2`. */
export function ledgerText(answer: LedgerAnswer, nowMs: number): string {
  if (!answer.found) return `ledger        no row: ${printable(answer.why)}\n`;
  const { requestedBy } = answer.row.spec;
  const used = answer.row.status?.lastUsed;
  const usedText =
    used === undefined
      ? 'never'
      : `${humanDuration(nowMs - Date.parse(used.time))} ago ${seenText(used.sourceIP, used.userAgent)}`;
  const by = `${requestedBy.username} ${seenText(requestedBy.sourceIP, requestedBy.userAgent)}`;
  return `requested by  ${printable(by)}\nlast used     ${printable(usedText)}\n`;
}

function seenText(sourceIP: string, userAgent: string): string {
  return `from ${sourceIP}${userAgent === '' ? '' : ` with ${userAgent}`}`;
}
