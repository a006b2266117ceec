/** Before a RoleBinding or ClusterRoleBinding is written. @see spec authorization §6.3 */
import { forbiddenError, notFoundError } from '@mayfly/api/meta/v1/status-error';
import { goQuote } from '@mayfly/api/validation/field-error';
import { resourceAttributes } from '../../authorization/attributes.ts';
import type { Authorizer } from '../../authorization/authorizer.ts';
import {
  NO_RULES,
  type PolicyRule,
  RBAC_GROUP,
  type RoleBinding,
  type RoleRef,
} from '../../authorization/rbac/policy.ts';
import type { RequestContext } from '../rest.ts';
import { escalationRefusal } from './rules-held.ts';
import type { RBACWriteCheck, RoleGetter } from './write-check.ts';

const RESOURCE_OF_KIND: Readonly<Record<string, 'clusterroles' | 'roles'>> = {
  ClusterRole: 'clusterroles',
  Role: 'roles',
};

export const checkBinding: RBACWriteCheck = async (context, object, _old, { authorizer, rbac, roles }) => {
  const roleRef: Partial<RoleRef> = (object as Partial<RoleBinding>).roleRef ?? {};
  const { kind = '', name = '', apiGroup = '' } = roleRef;
  const target = { resource: context.requestInfo.resource, name: object.metadata?.name ?? '' };
  const resource = RESOURCE_OF_KIND[kind];
  if (resource === undefined)
    throw forbiddenError(
      { group: RBAC_GROUP, resource: target.resource },
      target.name,
      `unsupported role reference kind: ${goQuote(kind)}`,
    );
  if (await mayBind(context, { apiGroup: apiGroup || RBAC_GROUP, resource, name }, authorizer)) return;
  const refusal = escalationRefusal(context, rbac, await rulesOf(resource, name, context.namespace, roles), target);
  if (refusal !== undefined) throw refusal;
};

async function mayBind(
  { user, namespace }: RequestContext,
  role: { readonly apiGroup: string; readonly resource: string; readonly name: string },
  authorizer: Authorizer,
): Promise<boolean> {
  const question = resourceAttributes(user, { verb: 'bind', apiVersion: '*', namespace, ...role });
  const { decision } = await authorizer.authorize(question);
  return decision === 'Allow';
}

/** @throws StatusError NotFound when there is no such role: only `bind` may bind what is not there */
async function rulesOf(
  resource: 'clusterroles' | 'roles',
  name: string,
  namespace: string,
  roles: RoleGetter,
): Promise<readonly PolicyRule[]> {
  const role = resource === 'roles' ? await roles.role(namespace, name) : await roles.clusterRole(name);
  if (role === undefined) throw notFoundError({ group: RBAC_GROUP, resource }, name);
  return role.rules ?? NO_RULES;
}
