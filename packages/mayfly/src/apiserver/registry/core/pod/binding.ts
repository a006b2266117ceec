/** `pods/NAME/binding`: the scheduler's word on which node runs a pod. @see kubernetes/kubernetes pkg/registry/core/pod/storage/storage.go */
import type { Pod } from '@mayfly/api/core/v1/pod';
import type { KubernetesObject, ObjectMeta } from '@mayfly/api/meta/v1/object-meta';
import { badRequestError, conflictError, invalidError, notFoundError } from '@mayfly/api/meta/v1/status-error';
import { type FieldError, notSupported, required } from '@mayfly/api/validation/field-error';
import type { Kind } from '../../generic/kind.ts';
import { createdStatus } from '../../generic/success.ts';
import { updateObject } from '../../generic/update.ts';
import type { SubresourceStorage } from '../../rest.ts';

interface Binding extends KubernetesObject {
  metadata?: ObjectMeta;
  target?: { kind?: string; name?: string };
}

const RESOURCE = { group: '', resource: 'pods/binding' };

export function newBindingSubresource(kind: Kind): SubresourceStorage {
  return {
    definition: {
      name: 'binding',
      verbs: ['create'],
      group: '',
      version: 'v1',
      kind: 'Binding',
      schema: 'core/v1.Binding',
    },
    async create(context, name, object, options) {
      const binding = object as Binding;
      requireValid(name, binding);
      await options.validate(binding);
      const bind = async (current: KubernetesObject | undefined) => bound(name, current, binding);
      await updateObject(kind, {}, context, name, bind, { dryRun: options.dryRun, validate: async () => undefined });
      return createdStatus();
    },
  };
}

function requireValid(name: string, { metadata, target }: Binding): void {
  if ((metadata?.name ?? name) !== name) throw badRequestError('name in URL does not match name in Binding object');
  const errors: FieldError[] = [];
  const targetKind = target?.kind ?? '';
  if (targetKind !== '' && targetKind !== 'Node')
    errors.push(notSupported('target.kind', targetKind, ['Node', '<empty>']));
  if ((target?.name ?? '') === '') errors.push(required('target.name'));
  if (errors.length > 0) throw invalidError({ group: '', kind: 'Binding' }, name, errors);
}

/** A pod is bound once; a binding meant for another pod of this name is refused by its uid. */
function bound(name: string, current: KubernetesObject | undefined, binding: Binding): Pod {
  const pod = current as Pod | undefined;
  if (pod === undefined) throw notFoundError({ group: '', resource: 'pods' }, name);
  const { uid = '', annotations } = binding.metadata ?? {};
  if (uid !== '' && uid !== pod.metadata?.uid)
    throw conflictError(RESOURCE, name, otherUID(uid, pod.metadata?.uid ?? ''));
  if (pod.metadata?.deletionTimestamp !== undefined)
    throw conflictError(RESOURCE, name, `pod ${name} is being deleted, cannot be assigned to a host`);
  const nodeName = pod.spec.nodeName ?? '';
  if (nodeName !== '') throw conflictError(RESOURCE, name, `pod ${name} is already assigned to node "${nodeName}"`);
  return {
    ...pod,
    metadata: {
      ...pod.metadata,
      ...(annotations && { annotations: { ...pod.metadata?.annotations, ...annotations } }),
    },
    spec: { ...pod.spec, nodeName: binding.target?.name ?? '' },
    status: { ...pod.status, conditions: scheduled(pod) },
  };
}

function scheduled({ status, metadata }: Pod): NonNullable<NonNullable<Pod['status']>['conditions']> {
  const others = (status?.conditions ?? []).filter(({ type }) => type !== 'PodScheduled');
  const { creationTimestamp } = metadata ?? {};
  return [
    ...others,
    { type: 'PodScheduled', status: 'True', ...(creationTimestamp ? { lastTransitionTime: creationTimestamp } : {}) },
  ];
}

function otherUID(wanted: string, found: string): string {
  return `Precondition failed: UID in precondition: ${wanted}, UID in object meta: ${found}`;
}
