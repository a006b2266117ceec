/**
 * `pods/NAME/eviction`: a polite delete, as `kubectl drain` asks for.
 *
 * Nothing here keeps disruption budgets, so none is ever in the way.
 *
 * @see kubernetes/kubernetes pkg/registry/core/pod/storage/eviction.go
 */
import type { KubernetesObject } from '@mayfly/api/meta/v1/object-meta';
import { badRequestError } from '@mayfly/api/meta/v1/status-error';
import { deleteObject } from '../../generic/delete.ts';
import type { Kind } from '../../generic/kind.ts';
import { createdStatus } from '../../generic/success.ts';
import type { DeleteOptions, SubresourceStorage } from '../../rest.ts';

interface Eviction extends KubernetesObject {
  deleteOptions?: {
    gracePeriodSeconds?: number;
    preconditions?: DeleteOptions['preconditions'];
    propagationPolicy?: NonNullable<DeleteOptions['propagationPolicy']>;
    dryRun?: string[];
  };
}

export function newEvictionSubresource(kind: Kind): SubresourceStorage {
  return {
    definition: {
      name: 'eviction',
      verbs: ['create'],
      group: 'policy',
      version: 'v1',
      kind: 'Eviction',
      schema: 'policy/v1.Eviction',
    },
    async create(context, name, object, options) {
      const eviction = object as Eviction;
      if (eviction.metadata?.name !== name) throw badRequestError('name in URL does not match name in Eviction object');
      await options.validate(eviction);
      await deleteObject(kind, context, context.namespace, name, deleteOptionsOf(eviction, options.dryRun));
      return createdStatus();
    },
  };
}

function deleteOptionsOf({ deleteOptions = {} }: Eviction, dryRun: boolean): DeleteOptions {
  const { gracePeriodSeconds, preconditions = {}, propagationPolicy } = deleteOptions;
  return {
    dryRun: dryRun || (deleteOptions.dryRun ?? []).length > 0,
    gracePeriodSeconds: gracePeriodSeconds !== undefined && gracePeriodSeconds < 0 ? 1 : gracePeriodSeconds,
    preconditions,
    propagationPolicy,
    validate: async () => undefined, // the eviction itself has been admitted
  };
}
