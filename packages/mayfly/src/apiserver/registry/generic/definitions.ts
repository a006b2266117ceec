/** Rows of the resource table that most kinds share. @see spec kubernetes-wire §2 */
import type { ResourceDefinition, Verb } from '../rest.ts';

export const ALL_VERBS: readonly Verb[] = [
  'create',
  'delete',
  'deletecollection',
  'get',
  'list',
  'patch',
  'update',
  'watch',
];

type CoreRow = Omit<ResourceDefinition, 'group' | 'version' | 'schema' | 'verbs'> & { verbs?: readonly Verb[] };

/** A kind of the core group; every verb unless told otherwise. */
export function coreDefinition(row: CoreRow): ResourceDefinition {
  return { verbs: ALL_VERBS, ...row, group: '', version: 'v1', schema: `core/v1.${row.kind}` };
}

/** A kind of `rbac.authorization.k8s.io/v1`. */
export function rbacDefinition(kind: string, namespaced: boolean): ResourceDefinition {
  const singular = kind.toLowerCase();
  return {
    group: 'rbac.authorization.k8s.io',
    version: 'v1',
    resource: `${singular}s`,
    singular,
    kind,
    namespaced,
    verbs: ALL_VERBS,
    schema: `rbac/v1.${kind}`,
  };
}
