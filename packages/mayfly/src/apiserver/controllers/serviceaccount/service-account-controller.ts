/**
 * Keeps a service account `default` in every active namespace, for pods that name none.
 *
 * One that was deleted comes back with a new uid: tokens of the old one stay dead. Nothing in an account that exists is
 * touched.
 *
 * @see kubernetes/kubernetes pkg/controller/serviceaccount/serviceaccounts_controller.go; spec service-account-tokens §9.2
 */
import { DEFAULT_SERVICE_ACCOUNT, type ServiceAccount } from '@mayfly/api/core/v1/service-account';
import type { Resource } from '@mayfly/sdk/kube/client';
import {
  type EveryNamespaceController,
  type NamespacedControllerDeps,
  startInEveryNamespace,
} from '../every-namespace.ts';

const SERVICE_ACCOUNTS: Resource = { group: '', version: 'v1', resource: 'serviceaccounts' };

export function startServiceAccountController(deps: NamespacedControllerDeps): EveryNamespaceController {
  return startInEveryNamespace<ServiceAccount>(deps, {
    resource: SERVICE_ACCOUNTS,
    name: DEFAULT_SERVICE_ACCOUNT,
    sync: async (namespace, found) => {
      if (found !== undefined) return;
      const account: ServiceAccount = { metadata: { name: DEFAULT_SERVICE_ACCOUNT, namespace } };
      await deps.client.create(SERVICE_ACCOUNTS, account);
    },
  });
}
