/**
 * What a TokenRequest asks to be bound to, looked up and checked.
 *
 * The order of the checks is upstream's, since the first failure is what the caller sees.
 *
 * @see kubernetes/kubernetes pkg/registry/core/serviceaccount/storage/token.go; spec service-account-tokens §3.4, §3.5
 */
import type { BoundObjectReference } from '@mayfly/api/authentication/v1/token-request';
import { badRequestError, conflictError, internalError, notFoundError } from '@mayfly/api/meta/v1/status-error';
import { goQuote } from '@mayfly/api/validation/field-error';
import type { ObjectReference, TokenBinding } from '../../serviceaccount/claims.ts';
import type { ReferencedObject, ReferencedPod, ServiceAccountGetter } from '../../serviceaccount/getter.ts';
import { workloadOf } from '../../serviceaccount/workload.ts';

export interface BindingRequest {
  readonly namespace: string;
  readonly serviceAccountName: string;
  /** As sent; null or undefined: not bound to an object. */
  readonly ref: BoundObjectReference | null | undefined;
}

/**
 * Finds what the token is to be bound to.
 *
 * @throws StatusError BadRequest (unsupported kind, no name, pod of another account), NotFound, Conflict (uid)
 */
export async function resolveBinding(request: BindingRequest, getter: ServiceAccountGetter): Promise<TokenBinding> {
  const { namespace, ref } = request;
  if (ref === null || ref === undefined) return { kind: 'none' };
  const { group, version } = parseLeniently(ref.apiVersion ?? '');
  const { kind = '', name = '' } = ref;
  if (group !== '' || !(kind === 'Pod' || kind === 'Secret' || kind === 'Node')) {
    throw badRequestError(`cannot bind token to object of type ${group}/${version}, Kind=${kind}`);
  }
  if (name === '') throw badRequestError('Name parameter required.');
  switch (kind) {
    case 'Pod':
      return await resolvePod(request, name, ref.uid ?? '', getter);
    case 'Secret':
      return { kind, secret: identify(kind, name, ref.uid ?? '', await getter.secret(namespace, name)) };
    case 'Node':
      return { kind, node: identify(kind, name, ref.uid ?? '', await getter.node(name)) };
    default:
      return kind satisfies never;
  }
}

async function resolvePod(
  { namespace, serviceAccountName }: BindingRequest,
  name: string,
  uid: string,
  getter: ServiceAccountGetter,
): Promise<TokenBinding> {
  const pod = await getter.pod(namespace, name);
  if (pod === undefined) throw missing('Pod', name);
  if (pod.spec?.serviceAccountName !== serviceAccountName) {
    throw badRequestError(
      `cannot bind token for serviceaccount ${goQuote(serviceAccountName)} to pod running with different serviceaccount name.`,
    );
  }
  const node = await nodeOf(pod, getter);
  return { kind: 'Pod', pod: identify('Pod', name, uid, pod), node, workload: workloadOf(pod.metadata, name) };
}

/** The node a pod is scheduled to; one that does not exist (any more) is named without a uid. */
async function nodeOf(pod: ReferencedPod, getter: ServiceAccountGetter): Promise<ObjectReference | undefined> {
  const name = pod.spec?.nodeName ?? '';
  if (name === '') return undefined;
  try {
    return { name, uid: (await getter.node(name))?.metadata.uid ?? '' };
  } catch (cause) {
    throw internalError(`node ${goQuote(name)} could not be looked up`, cause);
  }
}

function identify(
  kind: keyof typeof RESOURCE,
  name: string,
  wantedUID: string,
  object: ReferencedObject | undefined,
): ObjectReference {
  if (object === undefined) throw missing(kind, name);
  const uid = object.metadata.uid ?? '';
  if (wantedUID !== '' && wantedUID !== uid) {
    throw conflictError(
      { group: '', resource: kind }, // sic: the Kind
      name,
      `the UID in the bound object reference (${wantedUID}) does not match the UID in record. The object might have been deleted and then recreated`,
    );
  }
  return { name, uid };
}

const RESOURCE = { Pod: 'pods', Secret: 'secrets', Node: 'nodes' } as const;

function missing(kind: keyof typeof RESOURCE, name: string): Error {
  return notFoundError({ group: '', resource: RESOURCE[kind] }, name);
}

/** An apiVersion that cannot be read counts as the core group without a version. */
function parseLeniently(apiVersion: string): { group: string; version: string } {
  const parts = apiVersion.split('/');
  if (apiVersion === '/' || parts.length > 2) return { group: '', version: '' };
  const [first = '', second] = parts;
  return second === undefined ? { group: '', version: first } : { group: first, version: second };
}
