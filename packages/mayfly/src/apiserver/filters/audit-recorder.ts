import type { Status } from '@mayfly/api/meta/v1/status-error';
import type { UserInfo } from '@mayfly/api/user/user';
import type { Awaitable } from '../../awaitable.ts';
import type { Clock } from '../../clock/clock.ts';
import {
  type AuditEvent,
  type AuditStage,
  auditUserAgent,
  type ObjectReference,
  objectReferenceOf,
  type ResponseStatus,
  redactURI,
} from '../audit/event.ts';
import { type AuditDecision, type AuditPolicy, auditDecider } from '../audit/policy.ts';
import type { AuditSink } from '../audit/sink.ts';
import { sourceIPs } from '../audit/source-ips.ts';
import type { APIRequest, Recording } from '../endpoints/request.ts';
import type { AuditRecorder } from './audit.ts';

export interface AuditRecorderDependencies {
  readonly sink: AuditSink;
  readonly policy: AuditPolicy;
  readonly clock: Clock;
}

/**
 * Cuts audit events from requests as the policy asks and hands them to the sink.
 *
 * @see kubernetes/apiserver pkg/audit/{context,request}.go
 */
export function newAuditRecorder(deps: AuditRecorderDependencies): AuditRecorder {
  return new SinkRecorder(deps);
}

class SinkRecorder implements AuditRecorder {
  readonly #sink: AuditSink;
  readonly #clock: Clock;
  readonly #decide: ReturnType<typeof auditDecider>;
  /** Set while the sink is full. */
  #full: Promise<void> | undefined;

  constructor({ sink, policy, clock }: AuditRecorderDependencies) {
    this.#sink = sink;
    this.#clock = clock;
    this.#decide = auditDecider(policy);
  }

  received(request: APIRequest): Awaitable<Recording | undefined> {
    const { user } = request; // the authenticated one: later it may be somebody impersonated
    const decision = this.#decide(user, request.requestInfo);
    if (decision.level === 'None') return undefined;
    this.#write(request, user, decision, 'RequestReceived', undefined);
    const recording: Recording = {
      streamStarted: () => this.#write(request, user, decision, 'ResponseStarted', { code: request.code }),
      answered: () => this.#write(request, user, decision, 'ResponseComplete', responseStatusOf(request)),
    };
    return this.#full === undefined ? recording : this.#full.then(() => recording);
  }

  authenticationFailed(request: APIRequest): void {
    const decision = this.#decide(undefined, request.requestInfo);
    if (decision.level !== 'None') this.#write(request, undefined, decision, 'ResponseStarted', UNAUTHORIZED);
  }

  #write(
    request: APIRequest,
    user: UserInfo | undefined,
    { level, omitStages }: AuditDecision,
    stage: AuditStage,
    status: ResponseStatus | undefined,
  ): void {
    if (omitStages.includes(stage)) return;
    const tookMs = Math.max(0, this.#clock.monotonicMs() - request.receivedMonotonicMs);
    if (stage === 'ResponseComplete' && tookMs > SLOW_MS) request.annotate(LATENCY_TOTAL, `${tookMs.toFixed(6)}ms`);
    const pending = this.#sink.write(eventOf(request, user, level, stage, status, tookMs));
    if (pending !== undefined && this.#full === undefined) this.#waitFor(pending);
  }

  #waitFor(pending: Promise<void>): void {
    this.#full = pending.finally(() => {
      this.#full = undefined;
    });
  }
}

/** Slower requests than this carry their latency as an annotation. */
const SLOW_MS = 500;
const LATENCY_TOTAL = 'apiserver.latency.k8s.io/total';

function eventOf(
  request: APIRequest,
  user: UserInfo | undefined,
  level: AuditEvent['level'],
  stage: AuditStage,
  responseStatus: ResponseStatus | undefined,
  tookMs: number,
): AuditEvent {
  const receivedMicros = Math.round(request.receivedAtMs * 1000);
  return {
    level,
    auditID: request.auditID,
    stage,
    requestURI: redactURI(request.url),
    verb: request.requestInfo.verb,
    user,
    impersonatedUser: request.impersonator === undefined ? undefined : request.user,
    sourceIPs: sourceIPs(request.header('x-forwarded-for'), request.header('x-real-ip'), request.sourceIP),
    userAgent: auditUserAgent(request.userAgent),
    objectRef: objectOf(request),
    responseStatus,
    requestReceivedMicros: receivedMicros,
    stageMicros: receivedMicros + Math.round(tookMs * 1000),
    annotations: request.annotations,
  };
}

/** A create is recorded under the name and uid that the new object got. */
function objectOf({ requestInfo, code, responseObject }: APIRequest): ObjectReference | undefined {
  const asked = objectReferenceOf(requestInfo);
  if (code !== 201 || asked === undefined || asked.subresource !== '') return asked;
  const { metadata } = (responseObject ?? {}) as { metadata?: { name?: string; uid?: string } };
  if (metadata?.name === undefined) return asked;
  return { ...asked, name: metadata.name, ...(metadata.uid === undefined ? {} : { uid: metadata.uid }) };
}

const UNAUTHORIZED: ResponseStatus = { status: 'Failure', message: 'Unauthorized', reason: 'Unauthorized', code: 401 };

function responseStatusOf({ code, responseObject }: APIRequest): ResponseStatus {
  if (code === 0) return { status: 'Success', message: 'Connection closed early', code: 200 };
  if (!isStatus(responseObject)) return { code };
  const { status, message, reason, details } = responseObject;
  return {
    status,
    ...(message === undefined ? {} : { message }),
    ...(reason === undefined ? {} : { reason }),
    ...(details === undefined ? {} : { details }),
    code,
  };
}

function isStatus(value: unknown): value is Status {
  return typeof value === 'object' && value !== null && (value as { kind?: unknown }).kind === 'Status';
}
