/**
 * Nobody gives rights they do not have: the guard before every write of the four RBAC kinds.
 *
 * Members of `system:masters` pass, as do callers with verb `escalate` (roles) or `bind` (bindings). Everybody else must
 * hold, through RBAC, each right the written object would give. It wraps create and update (which patch goes through);
 * reads and deletes pass untouched. The kinds differ only in the check they bring.
 *
 * @see kubernetes/kubernetes pkg/registry/rbac/{role,clusterrole,rolebinding,clusterrolebinding}/policybased/storage.go;
 *   spec authorization §6.2, §6.3
 */
import { isDeepStrictEqual } from 'node:util';
import type { KubernetesObject } from '@mayfly/api/meta/v1/object-meta';
import { MASTERS_GROUP } from '@mayfly/api/user/user';
import type { RequestContext, ResourceStorage, Transform } from '../rest.ts';
import { checkBinding } from './binding-check.ts';
import { checkRole } from './role-check.ts';
import type { RBACGuardDeps, RBACWriteCheck } from './write-check.ts';

export type { RBACGuardDeps } from './write-check.ts';

const CHECKS: Readonly<Record<string, RBACWriteCheck>> = {
  roles: checkRole,
  clusterroles: checkRole,
  rolebindings: checkBinding,
  clusterrolebindings: checkBinding,
};

/** Wraps the storage of one of the four kinds. @throws at assembly, if it is another kind's: it would go unguarded */
export function guardRBACWrites(storage: ResourceStorage, deps: RBACGuardDeps): ResourceStorage {
  const { create, update } = storage;
  const check = CHECKS[storage.definition.resource];
  if (check === undefined) throw new TypeError(`no escalation check for "${storage.definition.resource}"`);
  return {
    ...storage,
    ...(create && {
      async create(context, object, options) {
        if (!isPrivileged(context)) await check(context, object, undefined, deps);
        return create.call(storage, context, object, options);
      },
    }),
    ...(update && {
      update(context, name, transform, options) {
        const guarded = isPrivileged(context) ? transform : guardedTransform(context, transform, check, deps);
        return update.call(storage, context, name, guarded, options);
      },
    }),
  };
}

function isPrivileged({ user }: RequestContext): boolean {
  return user.groups.includes(MASTERS_GROUP);
}

/** Checks what the transform wants, each time anew: after a lost race the old object is another. */
function guardedTransform(
  context: RequestContext,
  transform: Transform,
  check: RBACWriteCheck,
  deps: RBACGuardDeps,
): Transform {
  return async (current) => {
    const wanted = await transform(current);
    if (current === undefined || !changesOnlyGarbageCollection(wanted, current))
      await check(context, wanted, current, deps);
    return wanted;
  };
}

/** Owners and finalizers carry no rights; whoever may update may let an object go. */
function changesOnlyGarbageCollection(wanted: KubernetesObject, current: KubernetesObject): boolean {
  return isDeepStrictEqual(withoutGarbageCollection(wanted), withoutGarbageCollection(current));
}

function withoutGarbageCollection({ metadata, ...rest }: KubernetesObject): unknown {
  const ignored = { ownerReferences: undefined, finalizers: undefined, managedFields: undefined };
  return { ...rest, apiVersion: undefined, kind: undefined, metadata: { ...metadata, ...ignored } };
}
