/**
 * A namespace ends in two steps: DELETE marks it, and the controller that has emptied it takes `kubernetes` out of
 * `spec.finalizers` through `/finalize`, which removes it.
 *
 * @see kubernetes/kubernetes pkg/registry/core/namespace/strategy.go; spec kubernetes-wire §18
 */
import {
  KUBERNETES_FINALIZER,
  NAMESPACE_FIELDS,
  type Namespace,
  namespaceFields,
  setNamespaceDefaults,
  validateNamespace,
  validateNamespaceUpdate,
} from '@mayfly/api/core/v1/namespace';
import { tokenPolicyWarnings } from '@mayfly/api/identity/v1alpha1/token-policy';
import { type FieldError, invalid } from '@mayfly/api/validation/field-error';
import { dns1123Label } from '@mayfly/api/validation/names';
import { ALL_VERBS, coreDefinition } from '../../generic/definitions.ts';
import { type Strategy, statusDefinition, type UpdatePath } from '../../generic/strategy.ts';
import type { RequestContext } from '../../rest.ts';

const definition = coreDefinition({
  resource: 'namespaces',
  singular: 'namespace',
  kind: 'Namespace',
  namespaced: false,
  shortNames: ['ns'],
  verbs: ALL_VERBS.filter((verb) => verb !== 'deletecollection'),
});

const statusPath: UpdatePath<Namespace> = {
  definition: statusDefinition(definition),
  prepareForUpdate(namespace, old) {
    keep(namespace, old, 'spec');
    setNamespaceDefaults(namespace);
  },
  validateUpdate: (namespace, old) => [...phaseErrors(namespace), ...validateNamespaceUpdate(namespace, old)],
};

const finalizePath: UpdatePath<Namespace> = {
  definition: { ...statusDefinition(definition, ['update']), name: 'finalize' },
  prepareForUpdate(namespace, old) {
    namespace.metadata = { ...old.metadata };
    keep(namespace, old, 'status');
  },
  validateUpdate: validateNamespaceUpdate,
};

export const namespaceStrategy: Strategy<Namespace> = {
  definition,
  validateName: dns1123Label,
  returnsDeletedObject: true,
  selectableFields: NAMESPACE_FIELDS,
  fields: namespaceFields,
  updatePaths: [finalizePath, statusPath],
  prepareForCreate(namespace, context) {
    warnOfAnnotations(namespace, undefined, context);
    const finalizers = namespace.spec?.finalizers ?? [];
    namespace.spec = { finalizers: [...new Set([...finalizers, KUBERNETES_FINALIZER])] };
    namespace.status = { phase: 'Active' };
    setNamespaceDefaults(namespace);
  },
  prepareForUpdate(namespace, old, context) {
    warnOfAnnotations(namespace, old, context);
    keep(namespace, old, 'spec');
    keep(namespace, old, 'status');
    setNamespaceDefaults(namespace);
  },
  validate: validateNamespace,
  validateUpdate: validateNamespaceUpdate,
  pendingFinalizers: ({ spec, metadata }) => [...(spec?.finalizers ?? []), ...(metadata?.finalizers ?? [])],
  prepareForDeletion(namespace) {
    namespace.status = { ...namespace.status, phase: 'Terminating' };
  },
};

function warnOfAnnotations({ metadata }: Namespace, old: Namespace | undefined, context: RequestContext): void {
  for (const text of tokenPolicyWarnings(metadata?.annotations, old?.metadata?.annotations)) context.warn(text);
}

function keep<K extends 'spec' | 'status'>(namespace: Namespace, old: Namespace, part: K): void {
  if (old[part] === undefined) delete namespace[part];
  else namespace[part] = old[part];
}

/** The phase is what deletionTimestamp says; nobody else may say so. */
function phaseErrors({ metadata, status }: Namespace): FieldError[] {
  const phase = status?.phase ?? '';
  const wanted = metadata?.deletionTimestamp === undefined ? 'Active' : 'Terminating';
  if (phase === wanted) return [];
  const when = wanted === 'Active' ? 'is empty' : 'is not empty';
  return [invalid('status.phase', phase, `must be '${wanted}' if \`deletionTimestamp\` ${when}`)];
}
