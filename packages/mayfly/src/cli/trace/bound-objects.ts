/** Whether what a token hangs on still exists: its service account, and what it is bound to, both by UID. */
import type { IssuedToken } from '@mayfly/api/identity/v1alpha1/issued-token';
import type { ObjectMeta } from '@mayfly/api/meta/v1/object-meta';
import { callAPI, statusMessage } from '../api-client.ts';
import type { ServerAccess } from '../kubeconfig.ts';

export interface BoundState {
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
  /** `recreated`: there is one of that name, and it is another. `unknown`: the server would not say. */
  readonly state: 'exists' | 'being deleted' | 'gone' | 'recreated' | 'unknown';
  /** Why it is unknown. */
  readonly detail?: string;
}

const RESOURCES: Readonly<Record<string, string>> = {
  ServiceAccount: 'serviceaccounts',
  Pod: 'pods',
  Secret: 'secrets',
  Node: 'nodes',
};

export function boundStates(access: ServerAccess, { metadata, spec }: IssuedToken): Promise<readonly BoundState[]> {
  const account = { kind: 'ServiceAccount', name: spec.serviceAccountName, uid: spec.serviceAccountUID };
  const objects = spec.boundObjectRef === undefined ? [account] : [account, spec.boundObjectRef];
  return Promise.all(objects.map((object) => stateOf(access, metadata?.namespace ?? '', object)));
}

async function stateOf(
  access: ServerAccess,
  namespace: string,
  { kind, name, uid }: Pick<BoundState, 'kind' | 'name' | 'uid'>,
): Promise<BoundState> {
  const within = kind === 'Node' ? '' : `namespaces/${encodeURIComponent(namespace)}/`;
  const response = await callAPI(access, 'GET', `/api/v1/${within}${RESOURCES[kind]}/${encodeURIComponent(name)}`);
  const object = { kind, name, uid };
  if (response.status === 404) return { ...object, state: 'gone' };
  if (response.status !== 200) return { ...object, state: 'unknown', detail: statusMessage(response) };
  const { metadata } = response.body as { metadata?: ObjectMeta };
  if (metadata?.uid !== uid) return { ...object, state: 'recreated' };
  return { ...object, state: metadata.deletionTimestamp === undefined ? 'exists' : 'being deleted' };
}
