/** What an authorizer judges: the user and the request line, nothing else. @see spec authorization §1 */
import type { UserInfo } from '@mayfly/api/user/user';
import type { RequestInfo } from '../requestinfo/request-info.ts';
import type { Attributes } from './authorizer.ts';

const NONE: readonly never[] = [];

/**
 * The attributes of a real request.
 *
 * Selector requirements stay empty: RBAC ignores them, and judging as if a term were absent can only refuse more. The Node
 * authorizer and webhooks will parse `fieldSelector` and `labelSelector` here.
 */
export function attributesOf(user: UserInfo, info: RequestInfo): Attributes {
  return {
    user,
    verb: info.verb,
    isResourceRequest: info.isResourceRequest,
    path: info.path,
    apiGroup: info.apiGroup,
    apiVersion: info.apiVersion,
    namespace: info.namespace,
    resource: info.resource,
    subresource: info.subresource,
    name: info.name,
    fieldRequirements: NONE,
    labelRequirements: NONE,
  };
}

/** Attributes of a question that no request asked (impersonation, escalate, bind). Unnamed members are empty. */
export function resourceAttributes(
  user: UserInfo,
  question: Pick<Attributes, 'verb' | 'resource'> &
    Partial<Pick<Attributes, 'apiGroup' | 'apiVersion' | 'namespace' | 'subresource' | 'name'>>,
): Attributes {
  return {
    user,
    verb: question.verb,
    isResourceRequest: true,
    path: '',
    apiGroup: question.apiGroup ?? '',
    apiVersion: question.apiVersion ?? '',
    namespace: question.namespace ?? '',
    resource: question.resource,
    subresource: question.subresource ?? '',
    name: question.name ?? '',
    fieldRequirements: NONE,
    labelRequirements: NONE,
  };
}
