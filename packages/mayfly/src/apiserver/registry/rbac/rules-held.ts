/** What the guards ask of the RBAC authorizer: the rules a caller holds itself. */
import type { StatusError } from '@mayfly/api/meta/v1/status-error';
import { forbiddenError } from '@mayfly/api/meta/v1/status-error';
import { goQuote, goQuoteList } from '@mayfly/api/validation/field-error';
import { aggregateText } from '../../authorization/aggregate.ts';
import { ruleLines } from '../../authorization/rbac/compact.ts';
import { uncovered } from '../../authorization/rbac/covers.ts';
import { type PolicyRule, RBAC_GROUP } from '../../authorization/rbac/policy.ts';
import type { HeldRules } from '../../authorization/rbac/rbac-authorizer.ts';
import type { RequestContext } from '../rest.ts';

/** Only RBAC rules count: power from another authorizer cannot be handed on through RBAC objects. */
export interface RulesHeld {
  heldRules(user: RequestContext['user'], namespace: string): HeldRules;
}

/** Cluster-admin's own rules: what one must hold to let selectors gather anything. */
const FULL_AUTHORITY: readonly PolicyRule[] = [
  { verbs: ['*'], apiGroups: ['*'], resources: ['*'] },
  { verbs: ['*'], nonResourceURLs: ['*'] },
];

export function holdsFullAuthority({ user, namespace }: RequestContext, rbac: RulesHeld): boolean {
  return uncovered(rbac.heldRules(user, namespace).rules, FULL_AUTHORITY).length === 0;
}

/**
 * Refuses to let a caller give what it does not hold.
 *
 * @returns the 403 that lists every missing right; undefined when nothing is missing
 * @see kubernetes/kubernetes pkg/registry/rbac/validation/rule.go, ConfirmNoEscalation; spec authorization §6.2
 */
export function escalationRefusal(
  context: RequestContext,
  rbac: RulesHeld,
  rules: readonly PolicyRule[],
  target: { readonly resource: string; readonly name: string },
): StatusError | undefined {
  const { user, namespace } = context;
  const held = rbac.heldRules(user, namespace);
  const missing = uncovered(held.rules, rules);
  if (missing.length === 0) return undefined;
  const who = `user ${goQuote(user.name)} (groups=${goQuoteList(user.groups)})`;
  const lines = ruleLines(missing).join('\n');
  const unresolved = held.errors.length === 0 ? '' : `; resolution errors: [${aggregateText(held.errors)}]`;
  const why = `${who} is attempting to grant RBAC permissions not currently held:\n${lines}${unresolved}`;
  return forbiddenError({ group: RBAC_GROUP, resource: target.resource }, target.name, why);
}
