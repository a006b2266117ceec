import type { KubernetesObject } from '@mayfly/api/meta/v1/object-meta';
import { conflictError } from '@mayfly/api/meta/v1/status-error';
import type { Preconditions, ResourceDefinition } from '../rest.ts';

/** Which of several objects of a name, and which version of it, a deletion means. @throws StatusError Conflict */
export function requirePreconditions(
  { group, kind }: Pick<ResourceDefinition, 'group' | 'kind'>,
  object: KubernetesObject,
  wanted: Preconditions,
): void {
  const { name = '', uid = '', resourceVersion = '' } = object.metadata ?? {};
  const conflict = (what: string, asked: string, found: string, hint: string) =>
    conflictError(
      { group, resource: kind }, // sic: the Kind
      name,
      `the ${what} in the precondition (${asked}) does not match the ${what} in record (${found}). ${hint}`,
    );
  if (wanted.uid !== undefined && wanted.uid !== uid)
    throw conflict('UID', wanted.uid, uid, 'The object might have been deleted and then recreated');
  if (wanted.resourceVersion !== undefined && wanted.resourceVersion !== resourceVersion)
    throw conflict('ResourceVersion', wanted.resourceVersion, resourceVersion, 'The object might have been modified');
}
