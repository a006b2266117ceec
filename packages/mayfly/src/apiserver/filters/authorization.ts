/**
 * Asks whether the user may do this. Whatever is not an explicit Allow is a refusal.
 *
 * @see kubernetes/apiserver pkg/endpoints/filters/authorization.go; spec authorization §2.1
 */
import { type Awaitable, whenThere } from '../../awaitable.ts';
import type { Clock } from '../../clock/clock.ts';
import type { Log } from '../../log/log.ts';
import { attributesOf } from '../authorization/attributes.ts';
import type { Attributes, AuthorizationVerdict, Authorizer } from '../authorization/authorizer.ts';
import { authorizationErrorBody, forbiddenStatus } from '../authorization/forbidden.ts';
import type { APIRequest, Handler } from '../endpoints/request.ts';
import { writeFailure, writeTextFailure } from '../endpoints/status.ts';
import type { Filter } from './filter.ts';

const DECISION = 'authorization.k8s.io/decision';
const REASON = 'authorization.k8s.io/reason';

export interface AuthorizationMetrics {
  authorizationAttempted(result: 'allowed' | 'denied' | 'no-opinion' | 'error', durationMs: number): void;
}

interface AuthorizationDependencies {
  readonly authorizer: Authorizer;
  readonly metrics: AuthorizationMetrics;
  readonly clock: Clock;
  readonly log: Log;
}

export function withAuthorization(deps: AuthorizationDependencies): Filter {
  return (next) => (request) => authorize(deps, request, next);
}

function authorize(deps: AuthorizationDependencies, request: APIRequest, next: Handler): Awaitable<void> {
  const startedMs = deps.clock.monotonicMs();
  const attributes = attributesOf(request.user, request.requestInfo);
  const verdict = deps.authorizer.authorize(attributes);
  return whenThere(verdict, (came) => proceed(deps, request, attributes, came, startedMs, next));
}

function proceed(
  deps: AuthorizationDependencies,
  request: APIRequest,
  attributes: Attributes,
  verdict: AuthorizationVerdict,
  startedMs: number,
  next: Handler,
): Awaitable<void> {
  deps.metrics.authorizationAttempted(resultOf(verdict), deps.clock.monotonicMs() - startedMs);
  if (verdict.decision !== 'Allow') {
    refuse(request, attributes, verdict, deps.log);
    return;
  }
  request.annotate(DECISION, 'allow');
  request.annotate(REASON, verdict.reason);
  return next(request);
}

function refuse(request: APIRequest, attributes: Attributes, { reason, error }: AuthorizationVerdict, log: Log): void {
  if (error !== undefined) {
    log.error('authorization failed', { auditID: request.auditID, user: request.user.name, error });
    request.annotate(REASON, 'internal error');
    writeTextFailure(request, 500, authorizationErrorBody(request.url, error));
    return;
  }
  request.annotate(DECISION, 'forbid');
  request.annotate(REASON, reason);
  writeFailure(request, forbiddenStatus(attributes, reason), log);
}

function resultOf({ decision, error }: AuthorizationVerdict): 'allowed' | 'denied' | 'no-opinion' | 'error' {
  if (decision === 'Allow') return 'allowed';
  if (error !== undefined) return 'error';
  return decision === 'Deny' ? 'denied' : 'no-opinion';
}
