/**
 * Who a binding is about, as a key to look up by and as the text a reason names.
 *
 * @see kubernetes/kubernetes plugin/pkg/auth/authorizer/rbac/rbac.go
 */

import { serviceAccountUsername } from '@mayfly/api/user/user';
import { goQuote } from '@mayfly/api/validation/field-error';
import type { Subject } from './policy.ts';

export type SubjectKey = { readonly by: 'user'; readonly key: string } | { readonly by: 'group'; readonly key: string };

/**
 * What a caller must have for the subject to match; undefined when nobody can match it.
 *
 * Service accounts are compared by user name alone, whichever authenticator gave it.
 *
 * @param bindingNamespace the RoleBinding's; empty for a ClusterRoleBinding
 */
export function subjectKey(subject: Subject, bindingNamespace: string): SubjectKey | undefined {
  switch (subject.kind) {
    case 'User':
      return { by: 'user', key: subject.name };
    case 'Group':
      return { by: 'group', key: subject.name };
    case 'ServiceAccount': {
      const namespace = subject.namespace || bindingNamespace;
      return namespace === '' ? undefined : { by: 'user', key: serviceAccountUsername(namespace, subject.name) };
    }
    default:
      return undefined;
  }
}

/** `User "alice"`, `Group "dev"`, `ServiceAccount "app/ns1"` (name first). */
export function subjectText(subject: Subject, bindingNamespace: string): string {
  if (subject.kind !== 'ServiceAccount') return `${subject.kind} ${goQuote(subject.name)}`;
  return `ServiceAccount ${goQuote(`${subject.name}/${subject.namespace || bindingNamespace}`)}`;
}
