/** What a TokenRequest is granted, and what the ledger is told of it. */
import type { TokenRequest } from '@mayfly/api/authentication/v1/token-request';
import { formatTime } from '@mayfly/api/meta/v1/time';
import type { TokenBinding } from '../../serviceaccount/claims.ts';
import type { LedgerEntry } from '../issuedtoken/ledger.ts';
import { requesterOf } from '../issuedtoken/requester.ts';
import type { RequestContext } from '../rest.ts';
import type { Permit } from './permit.ts';
import type { StatusEntry } from './status-entry.ts';

/** What is issued, decided in full before anything is signed or written. */
export interface Grant extends Permit {
  readonly request: TokenRequest;
  readonly serviceAccount: { readonly name: string; readonly namespace: string; readonly uid: string };
  readonly binding: TokenBinding;
  readonly audiences: readonly string[];
  /** Epoch seconds. */
  readonly issuedAt: number;
  readonly jti: string;
}

/** @param entry where a status list tells of the token; undefined: its account asks for none */
export function ledgerEntryOf(
  { serviceAccount, issuedAt, plan, jti, binding, audiences }: Grant,
  context: RequestContext,
  key: { readonly issuer: string; readonly keyID: string },
  entry: StatusEntry | undefined,
): LedgerEntry {
  const bound = boundObjectOf(binding);
  const expiresAt = issuedAt + plan.tokenSeconds;
  return {
    jti,
    namespace: serviceAccount.namespace,
    expiresAt,
    spec: {
      serviceAccountName: serviceAccount.name,
      serviceAccountUID: serviceAccount.uid,
      audiences: [...audiences],
      ...(bound && { boundObjectRef: { apiVersion: 'v1', ...bound } }),
      ...placeOf(binding),
      issuedAt: formatTime(issuedAt * 1000),
      expirationTimestamp: formatTime(expiresAt * 1000),
      ...(plan.warnAfterSeconds !== undefined && {
        warnAfterTimestamp: formatTime((issuedAt + plan.warnAfterSeconds) * 1000),
      }),
      keyID: key.keyID,
      issuer: key.issuer,
      requestedBy: requesterOf(context),
      ...(entry && { statusListIndex: entry.index }),
    },
  };
}

/** Where the token is meant to be used: what runs the pod, and on which node. A revocation by node finds it by the uid. */
function placeOf(binding: TokenBinding): Pick<LedgerEntry['spec'], 'workload' | 'nodeName' | 'nodeUID'> {
  if (binding.kind !== 'Pod' && binding.kind !== 'Node') return {};
  const { node } = binding;
  const workload = binding.kind === 'Pod' ? binding.workload : undefined;
  return {
    ...(workload && { workload }),
    ...(node && { nodeName: node.name }),
    ...(node && node.uid !== '' && { nodeUID: node.uid }),
  };
}

function boundObjectOf(binding: TokenBinding): { kind: string; name: string; uid: string } | undefined {
  if (binding.kind === 'Pod') return { kind: binding.kind, ...binding.pod };
  if (binding.kind === 'Secret') return { kind: binding.kind, ...binding.secret };
  return binding.kind === 'Node' ? { kind: binding.kind, ...binding.node } : undefined;
}
