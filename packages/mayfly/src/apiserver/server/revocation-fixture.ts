/** For tests of revocation: a whole server, and what a caller, a reviewer and a watcher see of it. */
import assert from 'node:assert/strict';
import { request } from 'node:https';
import type { TokenReview } from '@mayfly/api/authentication/v1/token-review';
import type { TokenRevocation } from '@mayfly/api/identity/v1alpha1/token-revocation';
import type { KubernetesObject } from '@mayfly/api/meta/v1/object-meta';
import { decodeJwt } from 'jose';
import type { Mayfly } from '../../testing/start.ts';

export const REVOCATIONS = { group: 'identity.mayfly.dev', version: 'v1alpha1', resource: 'tokenrevocations' };

const REVIEWS = { group: 'authentication.k8s.io', version: 'v1', resource: 'tokenreviews' };
const SELF = { group: 'authentication.k8s.io', version: 'v1', resource: 'selfsubjectreviews' };
const PODS = { group: '', version: 'v1', resource: 'pods' };
const BINDINGS = { group: 'rbac.authorization.k8s.io', version: 'v1', resource: 'clusterrolebindings' };

export const idOf = (token: string): string => decodeJwt(token).jti ?? '';

export function revoke(on: Mayfly, spec: object): Promise<TokenRevocation> {
  return on.admin.create<TokenRevocation>(REVOCATIONS, { spec } as TokenRevocation);
}

export async function review(on: Mayfly, token: string): Promise<TokenReview['status'] & {}> {
  const answer = await on.admin.create<TokenReview>(REVIEWS, { spec: { token } } as TokenReview);
  return answer.status ?? { user: {} };
}

/** POSTs a revocation as the admin. @returns the warnings of the answer */
export function revokeRaw(on: Mayfly, spec: object, query = ''): Promise<string> {
  const material = (field: string): Buffer =>
    Buffer.from(new RegExp(`${field}: ?"?([A-Za-z0-9+/=]+)`).exec(on.kubeconfig)?.[1] ?? '', 'base64');
  return new Promise((resolve, reject) => {
    request(`${on.url}/apis/identity.mayfly.dev/v1alpha1/tokenrevocations${query}`, {
      method: 'POST',
      ca: on.caCertificate,
      cert: material('client-certificate-data'),
      key: material('client-key-data'),
      headers: { 'content-type': 'application/json' },
      agent: false,
    })
      .once('error', reject)
      .once('response', (response) => {
        assert.equal(response.statusCode, 201);
        response.resume().once('end', () => resolve(String(response.headers.warning)));
      })
      .end(JSON.stringify({ apiVersion: 'identity.mayfly.dev/v1alpha1', kind: 'TokenRevocation', spec }));
  });
}

/** 201, or the code of the refusal. */
export async function bearer(on: Mayfly, token: string): Promise<number> {
  try {
    await on.client(token).create<KubernetesObject>(SELF, {});
    return 201;
  } catch (error) {
    return (error as { code: number }).code;
  }
}

export async function makePod(on: Mayfly, name: string, serviceAccountName: string, nodeName = ''): Promise<void> {
  const spec = { serviceAccountName, nodeName, containers: [{ name: 'c', image: 'i' }] };
  await on.admin.create(PODS, { metadata: { name, namespace: 'default' }, spec } as KubernetesObject);
}

/** Makes a service account of `default` a cluster admin. */
export async function makeAdmin(on: Mayfly, name: string): Promise<void> {
  const subjects = [{ kind: 'ServiceAccount', name, namespace: 'default' }];
  const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' };
  await on.admin.create(BINDINGS, { metadata: { name }, roleRef, subjects } as KubernetesObject);
}

export interface OpenWatch {
  /** Resolves when the server has ended it in good order, rejects when it broke off. */
  readonly ended: Promise<string>;
  isOpen: boolean;
}

/** Opens a watch of ConfigMaps; resolves when it has begun. */
export function openWatch(on: Mayfly, token: string, headers: Record<string, string> = {}): Promise<OpenWatch> {
  return new Promise((resolve, reject) => {
    const url = `${on.url}/api/v1/namespaces/default/configmaps?watch=true&resourceVersion=0`;
    request(url, { ca: on.caCertificate, headers: { authorization: `Bearer ${token}`, ...headers }, agent: false })
      .once('error', reject)
      .once('response', (response) => {
        assert.equal(response.statusCode, 200);
        const { promise: ended, resolve: end, reject: fail } = Promise.withResolvers<string>();
        const watch = { ended, isOpen: true };
        response.once('end', () => {
          watch.isOpen = false;
          end('ended');
        });
        response.once('error', fail).resume();
        resolve(watch);
      })
      .end();
  });
}
