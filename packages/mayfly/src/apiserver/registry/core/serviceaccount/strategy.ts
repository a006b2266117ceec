/** @see kubernetes/kubernetes pkg/registry/core/serviceaccount/strategy.go; spec service-account-tokens §9.1 */
import {
  type ServiceAccount,
  serviceAccountWarnings,
  setServiceAccountDefaults,
  validateServiceAccount,
  validateServiceAccountUpdate,
} from '@mayfly/api/core/v1/service-account';
import { dns1123Subdomain } from '@mayfly/api/validation/names';
import { coreDefinition } from '../../generic/definitions.ts';
import type { Strategy } from '../../generic/strategy.ts';
import type { RequestContext } from '../../rest.ts';

export const serviceAccountStrategy: Strategy<ServiceAccount> = {
  definition: coreDefinition({
    resource: 'serviceaccounts',
    singular: 'serviceaccount',
    kind: 'ServiceAccount',
    namespaced: true,
    shortNames: ['sa'],
  }),
  validateName: dns1123Subdomain,
  returnsDeletedObject: true,
  prepareForCreate: (account, context) => prepare(account, undefined, context),
  prepareForUpdate: prepare,
  validate: validateServiceAccount,
  validateUpdate: validateServiceAccountUpdate,
};

function prepare(account: ServiceAccount, old: ServiceAccount | undefined, context: RequestContext): void {
  setServiceAccountDefaults(account);
  for (const text of serviceAccountWarnings(account, old)) context.warn(text);
}
