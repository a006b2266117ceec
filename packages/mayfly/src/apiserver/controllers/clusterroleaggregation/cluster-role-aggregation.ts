/**
 * Keeps the rules of aggregated ClusterRoles equal to the union of the roles their selectors match.
 *
 * Any change of a ClusterRole may change any aggregate, so each one looks at all of them again.
 *
 * @see kubernetes/kubernetes pkg/controller/clusterroleaggregation; spec authorization §6.4
 */

import type { Resource } from '@mayfly/sdk/kube/client';
import { startInformer } from '@mayfly/sdk/kube/informer';
import { aggregatedRules } from '../../authorization/rbac/aggregation.ts';
import type { ClusterRole } from '../../authorization/rbac/policy.ts';
import type { Controller, ControllerDeps } from '../controller.ts';
import { sleepOn } from '../sleep.ts';
import { WorkQueue } from '../work-queue.ts';

const CLUSTER_ROLES: Resource = { group: 'rbac.authorization.k8s.io', version: 'v1', resource: 'clusterroles' };

export function startClusterRoleAggregationController({ client, clock, log }: ControllerDeps): Controller {
  const work = async (name: string): Promise<'done'> => {
    const role = informer.get('', name);
    if (role === undefined || !isAggregated(role)) return 'done';
    const rules = aggregatedRules(role, informer.list());
    if (rules !== undefined) await client.patch(CLUSTER_ROLES, { name }, { rules }, { type: 'merge' });
    return 'done';
  };
  const failed = (name: string, error: unknown) => log.warn('a ClusterRole was not aggregated', { name, error });
  const queue = new WorkQueue({ clock, work, failed });
  const requeue = () => {
    if (!informer.isSynced()) return; // half a list would aggregate half the rules
    for (const role of informer.list()) if (isAggregated(role)) queue.add(role.metadata?.name ?? '');
  };
  const informer = startInformer<ClusterRole>({
    client,
    resource: CLUSTER_ROLES,
    handler: { changed: requeue, deleted: requeue, synced: requeue },
    sleep: sleepOn(clock),
    failed: (error) => log.warn('ClusterRoles could not be watched', { error }),
  });
  return {
    async stop() {
      await informer.stop();
      await queue.stop();
    },
  };
}

function isAggregated({ aggregationRule }: ClusterRole): boolean {
  return aggregationRule !== undefined;
}
