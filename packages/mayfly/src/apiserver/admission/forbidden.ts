/** How a plugin refuses. @see kubernetes/apiserver pkg/admission/errors.go, NewForbidden */
import { forbiddenError, type StatusError } from '@mayfly/api/meta/v1/status-error';
import type { AdmissionAttributes } from './plugin.ts';

/** Names the object as far as it has a name yet: one that is to be generated is called by its beginning. */
export function admissionForbidden(attributes: AdmissionAttributes, why: string): StatusError {
  const { group, resource, name, object } = attributes;
  const known = name || object?.metadata?.name || object?.metadata?.generateName || 'Unknown';
  return forbiddenError({ group, resource }, known, why);
}
