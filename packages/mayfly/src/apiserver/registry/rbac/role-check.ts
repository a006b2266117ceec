/** Before a Role or ClusterRole is written. @see spec authorization §6.2 */
import type { KubernetesObject } from '@mayfly/api/meta/v1/object-meta';
import { forbiddenError } from '@mayfly/api/meta/v1/status-error';
import { resourceAttributes } from '../../authorization/attributes.ts';
import type { Authorizer } from '../../authorization/authorizer.ts';
import { type ClusterRole, NO_RULES, RBAC_GROUP } from '../../authorization/rbac/policy.ts';
import type { RequestContext } from '../rest.ts';
import { escalationRefusal, holdsFullAuthority } from './rules-held.ts';
import type { RBACWriteCheck } from './write-check.ts';

export const checkRole: RBACWriteCheck = async (context, object, old, { authorizer, rbac }) => {
  if (await mayEscalate(context, authorizer)) return;
  const { resource } = context.requestInfo;
  const name = object.metadata?.name ?? '';
  const refusal = escalationRefusal(context, rbac, (object as ClusterRole).rules ?? NO_RULES, { resource, name });
  if (refusal !== undefined) throw refusal;
  if ((gathers(object) || gathers(old)) && !holdsFullAuthority(context, rbac))
    throw forbiddenError(
      { group: RBAC_GROUP, resource },
      name,
      'must have cluster-admin privileges to use the aggregationRule',
    );
};

/** By the name in the URL: a POST has none, so `escalate` limited to names does not help to create. */
async function mayEscalate({ user, requestInfo }: RequestContext, authorizer: Authorizer): Promise<boolean> {
  const { apiGroup, resource, name, namespace } = requestInfo;
  const question = resourceAttributes(user, { verb: 'escalate', apiGroup, apiVersion: '*', resource, name, namespace });
  const { decision } = await authorizer.authorize(question);
  return decision === 'Allow';
}

function gathers(object: KubernetesObject | undefined): boolean {
  return ((object as ClusterRole | undefined)?.aggregationRule?.clusterRoleSelectors?.length ?? 0) > 0;
}
