/** The shape of a check before an RBAC write, and what it may ask. */
import type { KubernetesObject } from '@mayfly/api/meta/v1/object-meta';
import type { Authorizer } from '../../authorization/authorizer.ts';
import type { ClusterRole, Role } from '../../authorization/rbac/policy.ts';
import type { RequestContext } from '../rest.ts';
import type { RulesHeld } from './rules-held.ts';

/** Reads of the newest state. */
export interface RoleGetter {
  clusterRole(name: string): Promise<ClusterRole | undefined>;
  role(namespace: string, name: string): Promise<Role | undefined>;
}

export interface RBACGuardDeps {
  readonly authorizer: Authorizer;
  readonly rbac: RulesHeld;
  /** From storage, not from the watched index: a role just written can be bound at once. */
  readonly roles: RoleGetter;
}

/** Throws a `StatusError` if the caller may not write `object`. `old` is undefined for a create. */
export type RBACWriteCheck = (
  context: RequestContext,
  object: KubernetesObject,
  old: KubernetesObject | undefined,
  deps: RBACGuardDeps,
) => Promise<void>;
