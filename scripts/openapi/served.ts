/** Which paths and methods we serve, per group version (spec kubernetes-wire §2). */
import type { Method } from './swagger.ts';

export interface ServedDocument {
  /** Key of the index, such as `api/v1`. */
  readonly key: string;
  readonly paths: Readonly<Record<string, readonly Method[]>>;
}

const COLLECTION: readonly Method[] = ['get', 'post', 'delete'];
const OBJECT: readonly Method[] = ['get', 'put', 'patch', 'delete'];
const STATUS: readonly Method[] = ['get', 'put', 'patch'];
const READ: readonly Method[] = ['get'];
const CREATE: readonly Method[] = ['post'];

const core = '/api/v1';
const rbac = '/apis/rbac.authorization.k8s.io/v1';
const leases = '/apis/coordination.k8s.io/v1';
const authentication = '/apis/authentication.k8s.io/v1';
const authorization = '/apis/authorization.k8s.io/v1';

export const KUBERNETES_DOCUMENTS: readonly ServedDocument[] = [
  {
    key: 'api/v1',
    paths: {
      [`${core}/`]: READ,
      ...cluster(core, 'namespaces'),
      [`${core}/namespaces`]: ['get', 'post'],
      [`${core}/namespaces/{name}/status`]: STATUS,
      [`${core}/namespaces/{name}/finalize`]: ['put'],
      ...cluster(core, 'nodes'),
      [`${core}/nodes/{name}/status`]: STATUS,
      ...namespaced(core, 'configmaps'),
      ...namespaced(core, 'events'),
      ...namespaced(core, 'pods'),
      [`${core}/namespaces/{namespace}/pods/{name}/status`]: STATUS,
      [`${core}/namespaces/{namespace}/pods/{name}/binding`]: CREATE,
      [`${core}/namespaces/{namespace}/pods/{name}/eviction`]: CREATE,
      ...namespaced(core, 'secrets'),
      ...namespaced(core, 'serviceaccounts'),
      [`${core}/namespaces/{namespace}/serviceaccounts/{name}/token`]: CREATE,
      ...readOnly(core, 'services'),
    },
  },
  {
    key: 'apis/rbac.authorization.k8s.io/v1',
    paths: {
      [`${rbac}/`]: READ,
      ...cluster(rbac, 'clusterroles'),
      ...cluster(rbac, 'clusterrolebindings'),
      ...namespaced(rbac, 'roles'),
      ...namespaced(rbac, 'rolebindings'),
    },
  },
  { key: 'apis/coordination.k8s.io/v1', paths: { [`${leases}/`]: READ, ...namespaced(leases, 'leases') } },
  {
    key: 'apis/authentication.k8s.io/v1',
    paths: {
      [`${authentication}/`]: READ,
      [`${authentication}/tokenreviews`]: CREATE,
      [`${authentication}/selfsubjectreviews`]: CREATE,
    },
  },
  {
    key: 'apis/authorization.k8s.io/v1',
    paths: {
      [`${authorization}/`]: READ,
      [`${authorization}/subjectaccessreviews`]: CREATE,
      [`${authorization}/selfsubjectaccessreviews`]: CREATE,
      [`${authorization}/selfsubjectrulesreviews`]: CREATE,
      [`${authorization}/namespaces/{namespace}/localsubjectaccessreviews`]: CREATE,
    },
  },
];

function cluster(root: string, resource: string): Record<string, readonly Method[]> {
  return { [`${root}/${resource}`]: COLLECTION, [`${root}/${resource}/{name}`]: OBJECT };
}

function namespaced(root: string, resource: string): Record<string, readonly Method[]> {
  return { [`${root}/${resource}`]: READ, ...cluster(`${root}/namespaces/{namespace}`, resource) };
}

function readOnly(root: string, resource: string): Record<string, readonly Method[]> {
  return Object.fromEntries(Object.keys(namespaced(root, resource)).map((path) => [path, READ]));
}
