/**
 * Keeps objects out of namespaces that are missing or ending, and the system's namespaces from being deleted.
 *
 * It judges the stored namespace, read at this moment. Updates and deletions in an ending namespace pass: its content
 * has to be able to leave.
 *
 * Differs: a stock server waits 50 ms for a namespace its cache may not show yet; our reads see every committed write.
 *
 * @see kubernetes/apiserver pkg/admission/plugin/namespace/lifecycle/admission.go; spec kubernetes-wire §18
 */
import type { Namespace } from '@mayfly/api/core/v1/namespace';
import { notFoundError, StatusError } from '@mayfly/api/meta/v1/status-error';
import { admissionForbidden } from '../forbidden.ts';
import type { AdmissionAttributes, AdmissionPlugin } from '../plugin.ts';

/** Part of `Registry.reader<Namespace>('namespaces')`. */
export interface NamespaceGetter {
  get(namespace: string, name: string): Promise<Namespace | undefined>;
}

const NAMESPACES = { group: '', resource: 'namespaces' };
const PROTECTED = new Set(['default', 'kube-system', 'kube-public']);
/** Answered at once and stored nowhere, so they need no living namespace. */
const NAMESPACELESS_REVIEWS = new Set(['localsubjectaccessreviews']);

export function newNamespaceLifecycle(namespaces: NamespaceGetter): AdmissionPlugin {
  return {
    name: 'NamespaceLifecycle',
    // Before anything of the request is looked up: a missing namespace is named rather than what would be in it.
    async admit(attributes) {
      if (attributes.resource === 'namespaces' && attributes.group === '') requireDeletable(attributes);
      else if (createsContent(attributes)) await requireActive(namespaces, attributes);
    },
  };
}

function requireDeletable(attributes: AdmissionAttributes): void {
  if (attributes.operation !== 'DELETE' || !PROTECTED.has(attributes.name)) return;
  throw admissionForbidden(attributes, 'this namespace may not be deleted');
}

function createsContent({ operation, namespace, resource }: AdmissionAttributes): boolean {
  return operation === 'CREATE' && namespace !== '' && !NAMESPACELESS_REVIEWS.has(resource);
}

async function requireActive(namespaces: NamespaceGetter, attributes: AdmissionAttributes): Promise<void> {
  const found = await namespaces.get('', attributes.namespace);
  if (found === undefined) throw notFoundError(NAMESPACES, attributes.namespace);
  if (found.metadata?.deletionTimestamp !== undefined || found.status?.phase === 'Terminating')
    throw terminatingError(attributes);
}

function terminatingError(attributes: AdmissionAttributes): StatusError {
  const { namespace } = attributes;
  const why = `unable to create new content in namespace ${namespace} because it is being terminated`;
  const plain = admissionForbidden(attributes, why);
  const message = `namespace ${namespace} is being terminated`;
  const cause = { reason: 'NamespaceTerminating', message, field: 'metadata.namespace' };
  return new StatusError('Forbidden', plain.message, { details: { ...plain.details, causes: [cause] } });
}
