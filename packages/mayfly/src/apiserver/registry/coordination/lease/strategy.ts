/** @see kubernetes/kubernetes pkg/registry/coordination/lease/strategy.go */
import { type Lease, setLeaseDefaults, validateLease, validateLeaseUpdate } from '@mayfly/api/coordination/v1/lease';
import { dns1123Subdomain } from '@mayfly/api/validation/names';
import { ALL_VERBS } from '../../generic/definitions.ts';
import type { Strategy } from '../../generic/strategy.ts';

/** Leader election stands on exact versions: an update must name the one it saw. */
export const leaseStrategy: Strategy<Lease> = {
  definition: {
    group: 'coordination.k8s.io',
    version: 'v1',
    resource: 'leases',
    singular: 'lease',
    kind: 'Lease',
    namespaced: true,
    verbs: ALL_VERBS,
    schema: 'coordination/v1.Lease',
  },
  validateName: dns1123Subdomain,
  createsOnUpdate: true,
  requiresVersionOnUpdate: true,
  prepareForCreate: setLeaseDefaults,
  prepareForUpdate: setLeaseDefaults,
  validate: validateLease,
  validateUpdate: validateLeaseUpdate,
};
