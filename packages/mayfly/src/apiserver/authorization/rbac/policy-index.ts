/**
 * The whole RBAC policy in memory, fed by the registry's list and watch.
 *
 * It trusts what the registry validated and follows it with the delay of the watch: a grant or its removal takes effect
 * shortly after the write, as with Kubernetes' informers. It decides nothing; the authorizer does.
 */
import type { ObjectMeta } from '@mayfly/api/meta/v1/object-meta';
import { BindingIndex, type IndexedBinding } from './binding-index.ts';
import {
  type ClusterRole,
  type ClusterRoleBinding,
  NO_RULES,
  type PolicyRule,
  type Role,
  type RoleBinding,
  type RoleRef,
} from './policy.ts';

export interface RBACPolicy {
  readonly clusterRoles: readonly ClusterRole[];
  readonly clusterRoleBindings: readonly ClusterRoleBinding[];
  readonly roles: readonly Role[];
  readonly roleBindings: readonly RoleBinding[];
}

export type RBACKind = 'ClusterRole' | 'ClusterRoleBinding' | 'Role' | 'RoleBinding';

export type RoleLookup =
  | { readonly found: true; readonly rules: readonly PolicyRule[] }
  | { readonly found: false; readonly error: string };

export class PolicyIndex {
  #clusterRoles = new Map<string, RoleLookup>();
  #roles = new Map<string, RoleLookup>(); // by namespace/name
  #clusterBindings = new BindingIndex();
  #namespaceBindings = new Map<string, BindingIndex>();

  /** Forgets everything and takes this policy in its stead, in one step: no decision sees a half of it. */
  replace(policy: RBACPolicy): void {
    this.#clusterRoles = new Map();
    this.#roles = new Map();
    this.#clusterBindings = new BindingIndex();
    this.#namespaceBindings = new Map();
    for (const role of policy.clusterRoles) this.set('ClusterRole', role);
    for (const role of policy.roles) this.set('Role', role);
    for (const binding of policy.clusterRoleBindings) this.set('ClusterRoleBinding', binding);
    for (const binding of policy.roleBindings) this.set('RoleBinding', binding);
  }

  /** One watch event. @throws if the object is of no RBAC kind: the wrong watch was connected */
  apply(
    type: 'ADDED' | 'MODIFIED' | 'DELETED',
    object: { readonly kind?: string; readonly metadata?: ObjectMeta },
  ): void {
    const kind = rbacKind(object.kind);
    if (type === 'DELETED') this.delete(kind, object.metadata?.namespace ?? '', object.metadata?.name ?? '');
    else this.set(kind, object as ClusterRole | ClusterRoleBinding);
  }

  /** Adds or replaces one object. */
  set(kind: RBACKind, object: ClusterRole | ClusterRoleBinding | Role | RoleBinding): void {
    const name = object.metadata?.name ?? '';
    const namespace = object.metadata?.namespace ?? '';
    if (kind === 'ClusterRole') this.#clusterRoles.set(name, lookupOf(object as ClusterRole));
    else if (kind === 'Role') this.#roles.set(`${namespace}/${name}`, lookupOf(object as Role));
    else if (kind === 'ClusterRoleBinding') this.#clusterBindings.set(indexed(name, '', object as ClusterRoleBinding));
    else this.#bindingsFor(namespace).set(indexed(name, namespace, object as RoleBinding));
  }

  delete(kind: RBACKind, namespace: string, name: string): void {
    if (kind === 'ClusterRole') this.#clusterRoles.delete(name);
    else if (kind === 'Role') this.#roles.delete(`${namespace}/${name}`);
    else if (kind === 'ClusterRoleBinding') this.#clusterBindings.delete(name);
    else this.#deleteRoleBinding(namespace, name);
  }

  get clusterBindings(): BindingIndex {
    return this.#clusterBindings;
  }

  bindingsIn(namespace: string): BindingIndex | undefined {
    return this.#namespaceBindings.get(namespace);
  }

  /**
   * The rules a reference stands for.
   *
   * @param namespace the RoleBinding's; empty for a ClusterRoleBinding
   */
  resolve(ref: RoleRef, namespace: string): RoleLookup {
    if (ref.kind === 'ClusterRole') return this.#clusterRoles.get(ref.name) ?? missing('clusterrole', ref.name);
    if (ref.kind === 'Role') return this.#roles.get(`${namespace}/${ref.name}`) ?? missing('role', ref.name);
    return { found: false, error: `unsupported role reference kind: "${ref.kind}"` };
  }

  #bindingsFor(namespace: string): BindingIndex {
    const index = this.#namespaceBindings.get(namespace) ?? new BindingIndex();
    this.#namespaceBindings.set(namespace, index);
    return index;
  }

  #deleteRoleBinding(namespace: string, name: string): void {
    const index = this.#namespaceBindings.get(namespace);
    index?.delete(name);
    if (index?.size === 0) this.#namespaceBindings.delete(namespace);
  }
}

function rbacKind(kind: string | undefined): RBACKind {
  if (kind === 'ClusterRole' || kind === 'ClusterRoleBinding' || kind === 'Role' || kind === 'RoleBinding') return kind;
  throw new TypeError(`"${kind}" is no RBAC kind`);
}

function lookupOf(role: ClusterRole | Role): RoleLookup {
  return { found: true, rules: role.rules ?? NO_RULES };
}

/** Singular, as the watch cache of Kubernetes words it; the registry's 404 has the plural. */
function missing(resource: 'clusterrole' | 'role', name: string): RoleLookup {
  return { found: false, error: `${resource}.rbac.authorization.k8s.io "${name}" not found` };
}

function indexed(name: string, namespace: string, binding: ClusterRoleBinding | RoleBinding): IndexedBinding {
  return { name, namespace, roleRef: binding.roleRef, subjects: binding.subjects ?? [] };
}
