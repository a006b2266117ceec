/** Finds what a revocation is to end, or says clearly that it is not there. */
import type { ObjectIdentity } from '@mayfly/api/identity/v1alpha1/issued-token';
import type {
  TokenRevocation,
  TokenRevocationSpec,
  TokenRevocationStatus,
} from '@mayfly/api/identity/v1alpha1/token-revocation';
import type { GroupResource } from '@mayfly/api/meta/v1/group-version';
import type { ObjectMeta } from '@mayfly/api/meta/v1/object-meta';
import { conflictError, invalidError, notFoundError } from '@mayfly/api/meta/v1/status-error';
import { parseTime } from '@mayfly/api/meta/v1/time';
import { invalid } from '@mayfly/api/validation/field-error';
import type { Store } from '../../../storage/store.ts';
import type { ReferencedObject, ServiceAccountGetter } from '../../serviceaccount/getter.ts';
import { findRow } from '../issuedtoken/search.ts';
import { ISSUED_TOKEN_DEFINITION } from '../issuedtoken/strategy.ts';
import { TOKEN_REVOCATION_DEFINITION } from './strategy.ts';

export interface TargetDeps {
  readonly store: Store;
  readonly getter: Pick<ServiceAccountGetter, 'serviceAccount' | 'pod' | 'node'>;
}

/** What is now known of the target. Members of the status are there for a single token only. */
export interface Target {
  readonly spec: TokenRevocationSpec;
  readonly status: Omit<TokenRevocationStatus, 'requestedBy'>;
  /** As the audit log names it. */
  readonly text: string;
}

/**
 * @param revocation   validated
 * @throws StatusError NotFound, Conflict when it has another uid than asked for
 */
export async function resolveTarget(deps: TargetDeps, { spec }: TokenRevocation): Promise<Target> {
  const { credentialID, serviceAccount, pod, node } = spec;
  if (credentialID !== undefined) return await tokenTarget(deps, spec, credentialID);
  if (serviceAccount !== undefined) {
    const live = await deps.getter.serviceAccount(serviceAccount.namespace ?? '', serviceAccount.name);
    const identity = identified('serviceaccounts', serviceAccount, live);
    return { spec: { ...spec, serviceAccount: identity }, status: {}, text: textOf('serviceaccount', identity) };
  }
  if (pod !== undefined) {
    const identity = identified('pods', pod, await deps.getter.pod(pod.namespace ?? '', pod.name));
    return { spec: { ...spec, pod: identity }, status: {}, text: textOf('pod', identity) };
  }
  if (node === undefined) throw new Error('a validated revocation names a target');
  const identity = identified('nodes', node, await deps.getter.node(node.name));
  return { spec: { ...spec, node: identity }, status: {}, text: textOf('node', identity) };
}

async function tokenTarget(deps: TargetDeps, spec: TokenRevocationSpec, id: string): Promise<Target> {
  const found = await findRow(deps.store, id);
  if (found === undefined) throw notFoundError(ISSUED_TOKEN_DEFINITION, id);
  const { expirationTimestamp, statusListIndex } = found.token.spec;
  const status = { expirationTimestamp, tokens: 1, ...(statusListIndex !== undefined && { statusListIndex }) };
  return { spec, status, text: `token/${id}` };
}

function identified(resource: string, wanted: ObjectIdentity, live: ReferencedObject | undefined): ObjectIdentity {
  const group: GroupResource = { group: '', resource };
  if (live === undefined) throw notFoundError(group, wanted.name);
  const { uid = '' } = live.metadata as Pick<ObjectMeta, 'uid'>;
  if ((wanted.uid ?? uid) !== uid)
    throw conflictError(group, wanted.name, `the UID in the request (${wanted.uid}) does not match its UID (${uid})`);
  const { namespace, name } = wanted;
  return namespace === undefined || resource === 'nodes' ? { name, uid } : { namespace, name, uid };
}

function textOf(kind: string, { namespace, name }: ObjectIdentity): string {
  return namespace === undefined ? `${kind}/${name}` : `${kind}/${namespace}/${name}`;
}

/**
 * Tokens that do not exist yet cannot be ended.
 *
 * @throws StatusError Invalid
 */
export function requirePast({ metadata, spec }: TokenRevocation, nowMs: number): void {
  const { issuedBefore } = spec;
  if (issuedBefore === undefined || (parseTime(issuedBefore) ?? 0) <= nowMs) return;
  throw invalidError(TOKEN_REVOCATION_DEFINITION, metadata?.name ?? '', [
    invalid('spec.issuedBefore', issuedBefore, 'must not be in the future'),
  ]);
}
