/**
 * The filters every request passes, outermost first, and how a raw HTTP request enters them.
 *
 * The order is Kubernetes': a request is known before it is authenticated, recorded under the authenticated user, and
 * authorized as the impersonated one. It is written once, in `filters` below.
 *
 * @see kubernetes/apiserver pkg/server/config.go, DefaultBuildHandlerChain; spec authentication §1
 */
import type { Clock } from '../../clock/clock.ts';
import type { RequestListener } from '../../httpserver/listener.ts';
import type { Log } from '../../log/log.ts';
import type { Random } from '../../random/random.ts';
import type { RequestAuthenticator } from '../authentication/authenticator.ts';
import type { Authorizer } from '../authorization/authorizer.ts';
import { APIRequest, type Handler } from '../endpoints/request.ts';
import { type AuditRecorder, withAudit } from './audit.ts';
import { withAuditID } from './audit-id.ts';
import { type AuthenticationMetrics, withAuthentication } from './authentication.ts';
import { type AuthorizationMetrics, withAuthorization } from './authorization.ts';
import { withDeadline } from './deadline.ts';
import { compose, type Filter } from './filter.ts';
import { withImpersonation } from './impersonation.ts';
import { type InFlightMetrics, withInFlightLimits } from './in-flight.ts';
import { type RequestMetrics, withMetrics } from './metrics.ts';
import { withPanicRecovery } from './panic-recovery.ts';
import { withRequestInfo } from './request-info.ts';

export interface ChainDependencies {
  readonly authenticator: RequestAuthenticator;
  /** Audiences of this API server; a token must be meant for one of them. Empty: tokens are not restricted. */
  readonly apiAudiences: readonly string[];
  readonly authorizer: Authorizer;
  readonly audit: AuditRecorder;
  /** Told of each authenticated request, before impersonation. */
  readonly onAuthenticated: (request: APIRequest) => void;
  readonly metrics: RequestMetrics & InFlightMetrics & AuthenticationMetrics & AuthorizationMetrics;
  readonly limits: ChainLimits;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

export interface ChainLimits {
  /** `list`, `get` and discovery at one time; watches do not count. */
  readonly maxRequestsInFlight: number;
  readonly maxMutatingRequestsInFlight: number;
  /** Deadline of everything but watches; the `timeout` parameter may shorten it. */
  readonly requestTimeoutMs: number;
}

export const DEFAULT_CHAIN_LIMITS: ChainLimits = {
  maxRequestsInFlight: 400,
  maxMutatingRequestsInFlight: 200,
  requestTimeoutMs: 60_000,
};

/** Every filter in order. The first is the outermost: it sees a request first and its answer last. */
export function filters(deps: ChainDependencies): readonly Filter[] {
  return [
    withAuditID(deps),
    withPanicRecovery(deps),
    withMetrics(deps),
    withRequestInfo(),
    withDeadline(deps),
    withAuthentication(deps),
    withAudit(deps),
    withImpersonation(deps),
    withInFlightLimits(deps),
    withAuthorization(deps),
  ];
}

/** A listener's handler: wraps each raw request once and sends it through the chain to `handler`. */
export function newHandlerChain(deps: ChainDependencies, handler: Handler): RequestListener {
  const chain = compose(filters(deps), handler);
  return (incoming, outgoing, connection) => {
    const request = new APIRequest(incoming, outgoing, connection, deps.clock);
    const pending = chain(request);
    if (pending === undefined) request.end();
    else void pending.then(() => request.end());
    return () => {
      request.abort();
      request.recording?.answered();
    };
  };
}
