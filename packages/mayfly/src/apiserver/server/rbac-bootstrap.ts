/** Brings the default RBAC policy into the registry before the first request is served. */
import type { KubernetesObject } from '@mayfly/api/meta/v1/object-meta';
import type { Log } from '../../log/log.ts';
import { BOOTSTRAP_POLICY } from '../authorization/rbac/bootstrap-policy/policy.ts';
import type { ClusterRole, ClusterRoleBinding, Role, RoleBinding } from '../authorization/rbac/policy.ts';
import { type PolicyWriter, reconcileBootstrapPolicy } from '../registry/rbac/bootstrap.ts';
import type { Registry } from '../registry/registry.ts';
import type { ResourceStorage } from '../registry/rest.ts';
import { systemContext } from '../registry/system-context.ts';

/** Idempotent: a second start writes nothing. @throws StatusError when the store refuses */
export async function bootstrapRBAC(registry: Registry, log: Log): Promise<void> {
  await reconcileBootstrapPolicy({
    policy: BOOTSTRAP_POLICY,
    clusterRoles: writerOf<ClusterRole>(registry, 'clusterroles'),
    clusterRoleBindings: writerOf<ClusterRoleBinding>(registry, 'clusterrolebindings'),
    roles: writerOf<Role>(registry, 'roles'),
    roleBindings: writerOf<RoleBinding>(registry, 'rolebindings'),
    ensureNamespace: async () => undefined, // the system's namespaces are there before
    log,
  });
}

const unchecked = { dryRun: false, validate: async (): Promise<void> => undefined };

function writerOf<T extends KubernetesObject>(registry: Registry, resource: string): PolicyWriter<T> {
  const storage = registry.resource(resource) as Required<Pick<ResourceStorage, 'create' | 'update' | 'delete'>>;
  const contextOf = (object: T) => systemContext(object.metadata?.namespace ?? '');
  return {
    list: () => registry.reader<T>(resource).list(),
    async create(object) {
      await storage.create(contextOf(object), structuredClone(object), unchecked);
    },
    async update(object) {
      const wanted = structuredClone(object);
      await storage.update(contextOf(object), object.metadata?.name ?? '', async () => wanted, unchecked);
    },
    async delete(namespace, name) {
      const options = { ...unchecked, gracePeriodSeconds: undefined, preconditions: {}, propagationPolicy: undefined };
      await storage.delete(systemContext(namespace), name, options);
    },
  };
}
