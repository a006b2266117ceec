/**
 * RBAC: allowed if any rule of any role bound to the caller allows it.
 *
 * ClusterRoleBindings first, whatever the scope of the request; then the RoleBindings of its namespace. The reason names
 * the binding, the role and the subject, so that an audit line answers "why was this allowed". It never denies and never
 * errs: what it cannot resolve it cannot allow.
 *
 * @see kubernetes/kubernetes plugin/pkg/auth/authorizer/rbac/rbac.go; spec authorization §5
 */
import type { UserInfo } from '@mayfly/api/user/user';
import { aggregateText } from '../aggregate.ts';
import type {
  Attributes,
  AuthorizationVerdict,
  Authorizer,
  NonResourceRule,
  ResourceRule,
  RuleResolver,
} from '../authorizer.ts';
import { type BindingIndex, describeGrant, type Grant } from './binding-index.ts';
import { type RuleRequest, ruleAllows, ruleRequestOf } from './matches.ts';
import type { PolicyRule } from './policy.ts';
import type { PolicyIndex } from './policy-index.ts';

const NOTHING: AuthorizationVerdict = { decision: 'NoOpinion', reason: '' };

/** All rules a user holds in a scope, and why some could not be read. */
export interface HeldRules {
  readonly rules: readonly PolicyRule[];
  readonly errors: readonly string[];
}

export class RBACAuthorizer implements Authorizer, RuleResolver {
  readonly #policy: PolicyIndex;

  constructor(policy: PolicyIndex) {
    this.#policy = policy;
  }

  authorize(attributes: Attributes): AuthorizationVerdict {
    const { user, namespace } = attributes;
    const request = ruleRequestOf(attributes);
    const errors: string[] = [];
    const cluster = this.#walk(this.#policy.clusterBindings, user, request, errors);
    if (cluster !== undefined) return cluster;
    const bindings = namespace === '' ? undefined : this.#policy.bindingsIn(namespace);
    const local = bindings && this.#walk(bindings, user, request, errors);
    if (local !== undefined) return local;
    if (errors.length === 0) return NOTHING;
    return { decision: 'NoOpinion', reason: `RBAC: ${aggregateText(errors)}` };
  }

  /** Every rule from ClusterRoleBindings and from the RoleBindings of `namespace`; bindings unmerged. */
  heldRules(user: UserInfo, namespace: string): HeldRules {
    const rules: PolicyRule[] = [];
    const errors: string[] = [];
    this.#collect(this.#policy.clusterBindings, user, rules, errors);
    const local = namespace === '' ? undefined : this.#policy.bindingsIn(namespace);
    if (local !== undefined) this.#collect(local, user, rules, errors);
    return { rules, errors };
  }

  /** Missing roles are errors, yet the answer counts as complete, as Kubernetes has it. */
  async rulesFor(user: UserInfo, namespace: string): ReturnType<RuleResolver['rulesFor']> {
    const { rules, errors } = this.heldRules(user, namespace);
    return {
      resourceRules: rules.filter(({ resources }) => (resources?.length ?? 0) > 0).map(resourceRule),
      nonResourceRules: rules.filter(({ nonResourceURLs }) => (nonResourceURLs?.length ?? 0) > 0).map(nonResourceRule),
      incomplete: false,
      errors: errors.length > 0 ? [aggregateText(errors)] : [],
    };
  }

  #walk(
    bindings: BindingIndex,
    user: UserInfo,
    request: RuleRequest,
    errors: string[],
  ): AuthorizationVerdict | undefined {
    let grant = this.#allowing(bindings.ofUser(user.name), request, errors);
    for (let i = 0; grant === undefined && i < user.groups.length; i++)
      grant = this.#allowing(bindings.ofGroup(user.groups[i] ?? ''), request, errors);
    return grant && allowedBy(bindings.firstGrant(user, grant));
  }

  #allowing(grants: readonly Grant[] | undefined, request: RuleRequest, errors: string[]): Grant | undefined {
    if (grants === undefined) return undefined;
    for (const grant of grants) {
      const role = this.#policy.resolve(grant.binding.roleRef, grant.binding.namespace);
      if (!role.found) errors.push(role.error);
      else for (const rule of role.rules) if (ruleAllows(rule, request)) return grant;
    }
    return undefined;
  }

  #collect(bindings: BindingIndex, user: UserInfo, rules: PolicyRule[], errors: string[]): void {
    for (const binding of bindings.bindingsOf(user)) {
      const role = this.#policy.resolve(binding.roleRef, binding.namespace);
      if (role.found) rules.push(...role.rules);
      else errors.push(role.error);
    }
  }
}

function allowedBy(grant: Grant): AuthorizationVerdict {
  grant.verdict ??= { decision: 'Allow', reason: `RBAC: allowed by ${describeGrant(grant)}` };
  return grant.verdict;
}

function resourceRule(rule: PolicyRule): ResourceRule {
  return {
    verbs: rule.verbs,
    apiGroups: rule.apiGroups ?? [],
    resources: rule.resources ?? [],
    resourceNames: rule.resourceNames ?? [],
  };
}

function nonResourceRule(rule: PolicyRule): NonResourceRule {
  return { verbs: rule.verbs, nonResourceURLs: rule.nonResourceURLs ?? [] };
}
