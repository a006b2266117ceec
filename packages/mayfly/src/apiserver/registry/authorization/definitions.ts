import type { ResourceDefinition } from '../rest.ts';

/** One row of discovery for a review kind: questions can only be created, and nothing is stored. */
export function reviewDefinition(kind: string, namespaced: boolean): ResourceDefinition {
  const singular = kind.toLowerCase();
  return {
    group: 'authorization.k8s.io',
    version: 'v1',
    resource: `${singular}s`,
    singular,
    kind,
    namespaced,
    verbs: ['create'],
    schema: `authorization/v1.${kind}`,
  };
}

export const REVIEW_KIND = (kind: string): { group: string; kind: string } => ({ group: 'authorization.k8s.io', kind });
