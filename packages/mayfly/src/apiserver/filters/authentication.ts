/**
 * Gives the request its user or answers 401, the same for every cause; then no credential is left on the request.
 *
 * @see kubernetes/apiserver pkg/endpoints/filters/authentication.go; spec authentication §1, §4
 */
import { ANONYMOUS_USER, UNAUTHENTICATED_GROUP, type UserInfo } from '@mayfly/api/user/user';
import { type Awaitable, whenThere } from '../../awaitable.ts';
import type { Clock } from '../../clock/clock.ts';
import type { Log } from '../../log/log.ts';
import { audiencesMeet } from '../authentication/audiences.ts';
import type { Authentication, RequestAuthenticator } from '../authentication/authenticator.ts';
import type { APIRequest, Handler } from '../endpoints/request.ts';
import { UNAUTHORIZED, writeStatus } from '../endpoints/status.ts';
import type { AuditRecorder } from './audit.ts';
import type { Filter } from './filter.ts';

export interface AuthenticationMetrics {
  /** `failure`: no credential was there; `error`: one was refused. */
  authenticationAttempted(result: 'success' | 'failure' | 'error', durationMs: number): void;
  userAuthenticated(name: string): void;
}

export interface AuthenticationDependencies {
  readonly authenticator: RequestAuthenticator;
  readonly apiAudiences: readonly string[];
  readonly audit: AuditRecorder;
  /** Told of each request that has a user, before impersonation. It takes its notes and returns; it never throws. */
  readonly onAuthenticated: (request: APIRequest) => void;
  readonly metrics: AuthenticationMetrics;
  readonly clock: Clock;
  readonly log: Log;
}

export function withAuthentication(deps: AuthenticationDependencies): Filter {
  const audiences = deps.apiAudiences.length === 0 ? undefined : deps.apiAudiences;
  return (next) => (request) => {
    request.audiences = audiences;
    return authenticate(deps, request, next);
  };
}

function authenticate(deps: AuthenticationDependencies, request: APIRequest, next: Handler): Awaitable<void> {
  const startedMs = deps.clock.monotonicMs();
  const answer = deps.authenticator.authenticateRequest(request);
  return whenThere(answer, (came) => proceed(deps, request, came, startedMs, next));
}

function proceed(
  deps: AuthenticationDependencies,
  request: APIRequest,
  answer: Authentication,
  startedMs: number,
  next: Handler,
): Awaitable<void> {
  const durationMs = deps.clock.monotonicMs() - startedMs;
  if (answer.outcome !== 'authenticated' || !audiencesMeet(deps.apiAudiences, answer.audiences)) {
    refuse(deps, request, answer, durationMs);
    return;
  }
  deps.metrics.authenticationAttempted('success', durationMs);
  deps.metrics.userAuthenticated(answer.user.name);
  request.user = answer.user;
  deps.onAuthenticated(request);
  request.dropHeaders(isCredentialHeader);
  if (request.connection.isHTTP2 && isAnonymous(answer.user)) request.connection.finish();
  return next(request);
}

function refuse(
  { audit, metrics, log }: AuthenticationDependencies,
  request: APIRequest,
  answer: Authentication,
  durationMs: number,
): void {
  metrics.authenticationAttempted(answer.outcome === 'no-opinion' ? 'failure' : 'error', durationMs);
  log.info('unable to authenticate the request', { auditID: request.auditID, why: reasonsOf(answer) });
  audit.authenticationFailed(request);
  if (request.connection.isHTTP2) request.connection.finish(); // strangers get one request for each connection
  writeStatus(request, UNAUTHORIZED);
}

function reasonsOf(answer: Authentication): readonly string[] {
  if (answer.outcome === 'failed') return answer.failure.messages;
  return [answer.outcome === 'no-opinion' ? 'no credentials provided' : 'not meant for an audience of this server'];
}

/**
 * `Authorization`, a token among WebSocket subprotocols (no stream is opened, so no subprotocol is ever negotiated), and
 * what only a front proxy may say, whoever authenticated the request.
 */
function isCredentialHeader(name: string): boolean {
  if (name === 'authorization' || name === 'sec-websocket-protocol') return true;
  return name.startsWith('x-remote-') && isRemoteHeader(name);
}

function isRemoteHeader(name: string): boolean {
  return (
    name === 'x-remote-user' ||
    name === 'x-remote-uid' ||
    name === 'x-remote-group' ||
    name.startsWith('x-remote-extra-')
  );
}

function isAnonymous(user: UserInfo): boolean {
  return user.name === ANONYMOUS_USER || user.groups.includes(UNAUTHENTICATED_GROUP);
}
