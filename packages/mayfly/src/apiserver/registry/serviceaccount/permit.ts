/**
 * What the account and its namespace have to say to a TokenRequest that upstream would grant: how long the token lives, or
 * why there is none. The rules are `serviceaccount/{policy,expiration}.ts`; here refusals become answers.
 */
import { forbiddenError, type StatusError } from '@mayfly/api/meta/v1/status-error';
import {
  type ExpirationPlan,
  type ExpirationRequest,
  type ExpirationRules,
  expirationVerdict,
  WARN_ONLY_BOUND_TOKEN_SECONDS,
} from '../../serviceaccount/expiration.ts';
import {
  graceVerdict,
  type IssuancePolicy,
  lifetimeLimit,
  type PolicyRefusal,
  type PolicyRule,
  policyRefusal,
} from '../../serviceaccount/policy.ts';

/** The server's own; `extend` is `--service-account-extend-token-expiration`. */
export type ServerRules = Omit<ExpirationRules, 'limit'>;

export interface PermitDeps {
  readonly rules: ServerRules;
  /** `mayfly_token_requests_refused_total`: an annotation has something against a request. */
  readonly onRefused: (rule: PolicyRule) => void;
}

export interface Permit {
  readonly plan: ExpirationPlan;
  /** For `Warning` headers, once the token is issued. */
  readonly warnings: readonly string[];
}

/**
 * @param name of the service account
 * @throws StatusError Forbidden, naming the annotation and whose it is
 */
export function permitToken(
  { rules, onRefused }: PermitDeps,
  name: string,
  policy: IssuancePolicy,
  request: ExpirationRequest,
  nowMs: number,
): Permit {
  const refused = ({ rule, message }: PolicyRefusal): StatusError => {
    onRefused(rule);
    return forbiddenError({ group: '', resource: 'serviceaccounts' }, name, message);
  };
  const refusal = policyRefusal(policy, request.audiences);
  if (refusal !== undefined) throw refused(refusal);
  const grace = graceVerdict(policy, rules.extend, nowMs);
  const verdict = expirationVerdict(request, { ...rules, extend: grace.extend, limit: lifetimeLimit(policy) });
  if (verdict.outcome === 'refused') throw refused({ rule: 'max-token-expiration', message: verdict.message });
  const { plan } = verdict;
  const lacksGrace = request.isBoundToPod && plan.reportedSeconds === WARN_ONLY_BOUND_TOKEN_SECONDS;
  const warnings = [plan.warning, lacksGrace ? grace.warning : undefined].filter((text) => text !== undefined);
  return { plan, warnings };
}
