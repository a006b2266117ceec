/** Published empty and read-only: `kubectl cluster-info` lists services. @see spec kubernetes-wire F5 */
import type { Service } from '@mayfly/api/core/v1/service';
import { dns1123Label } from '@mayfly/api/validation/names';
import { coreDefinition } from '../../generic/definitions.ts';
import type { Strategy } from '../../generic/strategy.ts';

export const serviceStrategy: Strategy<Service> = {
  definition: coreDefinition({
    resource: 'services',
    singular: 'service',
    kind: 'Service',
    namespaced: true,
    shortNames: ['svc'],
    categories: ['all'],
    verbs: ['get', 'list', 'watch'],
  }),
  storagePath: 'services/specs',
  validateName: dns1123Label,
};
