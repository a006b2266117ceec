/**
 * Brings the default policy into the store at start: everything on the first, nothing on the others.
 *
 * Four lists are read at once and all writes of a wave go out together, so that the store commits them as one group. It
 * runs before the server is ready; a failure is the caller's to retry.
 *
 * @see kubernetes/kubernetes pkg/registry/rbac/rest/storage_rbac.go; spec authorization §6.5
 */
import type { Log } from '../../../log/log.ts';
import type { ClusterRole, ClusterRoleBinding, Role, RoleBinding } from '../../authorization/rbac/policy.ts';
import type { RBACPolicy } from '../../authorization/rbac/policy-index.ts';
import { type Reconciliation, reconcileBinding, reconcileRole } from './reconcile.ts';

/** What bootstrap needs of one kind: reads of the newest state, writes that resolve once durable. */
export interface PolicyWriter<T> {
  list(): Promise<readonly T[]>;
  create(object: T): Promise<void>;
  update(object: T): Promise<void>;
  delete(namespace: string, name: string): Promise<void>;
}

export interface BootstrapDeps {
  readonly policy: RBACPolicy;
  readonly clusterRoles: PolicyWriter<ClusterRole>;
  readonly clusterRoleBindings: PolicyWriter<ClusterRoleBinding>;
  readonly roles: PolicyWriter<Role>;
  readonly roleBindings: PolicyWriter<RoleBinding>;
  /** Creates the namespace if it is missing. Called only for namespaces about to be written to. */
  ensureNamespace(name: string): Promise<void>;
  readonly log: Log;
}

type Named = ClusterRole | ClusterRoleBinding | Role | RoleBinding;
interface Write {
  readonly namespace: string;
  run(): Promise<void>;
}

/** @returns how many objects were written; 0 on every start after the first */
export async function reconcileBootstrapPolicy(deps: BootstrapDeps): Promise<number> {
  const { policy, log } = deps;
  const lists = await Promise.all([
    pendingWrites(deps.clusterRoles, policy.clusterRoles, reconcileRole, log),
    pendingWrites(deps.clusterRoleBindings, policy.clusterRoleBindings, reconcileBinding, log),
    pendingWrites(deps.roles, policy.roles, reconcileRole, log),
    pendingWrites(deps.roleBindings, policy.roleBindings, reconcileBinding, log),
  ]);
  const writes = lists.flat();
  const namespaces = new Set(writes.map(({ namespace }) => namespace).filter((namespace) => namespace !== ''));
  await Promise.all([...namespaces].map((namespace) => deps.ensureNamespace(namespace)));
  await Promise.all(writes.map((write) => write.run()));
  if (writes.length > 0) log.info('default RBAC policy written', { objects: writes.length });
  return writes.length;
}

async function pendingWrites<T extends Named>(
  writer: PolicyWriter<T>,
  expected: readonly T[],
  reconcile: (existing: T, expected: T) => Reconciliation<T>,
  log: Log,
): Promise<readonly Write[]> {
  const stored = new Map((await writer.list()).map((object) => [keyOf(object), object]));
  return expected.flatMap((object) => {
    const existing = stored.get(keyOf(object));
    const run =
      existing === undefined ? () => writer.create(object) : writeOf(reconcile(existing, object), writer, log);
    return run === undefined ? [] : [{ namespace: object.metadata?.namespace ?? '', run }];
  });
}

function writeOf<T extends Named>(
  result: Reconciliation<T>,
  writer: PolicyWriter<T>,
  log: Log,
): (() => Promise<void>) | undefined {
  switch (result.action) {
    case 'keep':
      return undefined;
    case 'protected':
      log.debug('a default RBAC object is protected from updates');
      return undefined;
    case 'update':
      return () => writer.update(result.object);
    case 'recreate':
      return () => recreate(result.object, writer);
  }
}

async function recreate<T extends Named>(object: T, writer: PolicyWriter<T>): Promise<void> {
  await writer.delete(object.metadata?.namespace ?? '', object.metadata?.name ?? '');
  await writer.create(object);
}

function keyOf({ metadata }: Named): string {
  return `${metadata?.namespace ?? ''}/${metadata?.name ?? ''}`;
}
