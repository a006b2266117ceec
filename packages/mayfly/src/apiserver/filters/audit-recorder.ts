import type { Status } from '@mayfly/api/meta/v1/status-error';
import type { Clock } from '../../clock/clock.ts';
import type { Log } from '../../log/log.ts';
import type { AuditStage, ResponseStatus } from '../audit/event.ts';
import { type AuditDecision, type AuditPolicy, auditDecider } from '../audit/policy.ts';
import { RequestAudit } from '../audit/request-audit.ts';
import type { AuditSink } from '../audit/sink.ts';
import { sourceIPs } from '../audit/source-ips.ts';
import type { APIRequest } from '../endpoints/request.ts';
import type { AuditRecorder } from './audit.ts';

export interface AuditRecorderDependencies {
  readonly sink: AuditSink;
  readonly policy: AuditPolicy;
  readonly clock: Clock;
  readonly log: Log;
}

/** Cuts audit events from requests as the policy asks and hands them to the sink. */
export function newAuditRecorder(deps: AuditRecorderDependencies): AuditRecorder {
  return new SinkRecorder(deps);
}

interface Recording {
  readonly audit: RequestAudit;
  readonly decision: AuditDecision;
  started: boolean;
}

class SinkRecorder implements AuditRecorder {
  readonly #deps: AuditRecorderDependencies;
  readonly #decide: ReturnType<typeof auditDecider>;
  readonly #recordings = new WeakMap<APIRequest, Recording>();
  /** Set while the sink is full. */
  #full: Promise<void> | undefined;

  constructor(deps: AuditRecorderDependencies) {
    this.#deps = deps;
    this.#decide = auditDecider(deps.policy);
  }

  received(request: APIRequest): boolean | Promise<boolean> {
    const recording = this.#begin(request, request.user);
    if (recording === undefined) return false;
    this.#write(request, recording, 'RequestReceived', undefined);
    return this.#full === undefined ? true : this.#full.then(() => true);
  }

  responseStarted(request: APIRequest): void {
    const recording = this.#recordings.get(request);
    if (recording === undefined) return;
    recording.started = true;
    this.#write(request, recording, 'ResponseStarted', { code: request.code });
  }

  completed(request: APIRequest): void {
    const recording = this.#recordings.get(request);
    if (recording === undefined) return;
    this.#recordings.delete(request);
    this.#write(request, recording, 'ResponseComplete', responseStatusOf(request));
  }

  authenticationFailed(request: APIRequest): void {
    const recording = this.#begin(request, undefined);
    if (recording === undefined) return;
    this.#recordings.delete(request);
    this.#write(request, recording, 'ResponseStarted', UNAUTHORIZED);
  }

  #begin(request: APIRequest, user: APIRequest['user'] | undefined): Recording | undefined {
    const decision = this.#decide({ user, ...request.requestInfo });
    if (decision.level === 'None') return undefined;
    const recording = { audit: this.#newAudit(request, decision), decision, started: false };
    recording.audit.user = user;
    this.#recordings.set(request, recording);
    return recording;
  }

  #newAudit(request: APIRequest, { level }: AuditDecision): RequestAudit {
    const { clock, log } = this.#deps;
    const sinceMs = Math.max(0, clock.nowMs() - request.receivedAtMs);
    return new RequestAudit(
      {
        auditID: request.auditID,
        level,
        requestURI: request.url,
        requestInfo: request.requestInfo,
        sourceIPs: sourceIPs(request.header('x-forwarded-for'), request.header('x-real-ip'), request.sourceIP),
        userAgent: request.userAgent,
        receivedAtMs: request.receivedAtMs,
        receivedMonotonicMs: clock.monotonicMs() - sinceMs,
      },
      log,
    );
  }

  #write(request: APIRequest, recording: Recording, stage: AuditStage, status: ResponseStatus | undefined): void {
    const { audit, decision } = recording;
    if (decision.omitStages.includes(stage)) return;
    audit.impersonatedUser = request.impersonator === undefined ? undefined : request.user;
    for (const [key, value] of request.annotations) audit.annotate(key, value);
    if (request.code === 201) nameCreated(audit, request.responseObject);
    const pending = this.#deps.sink.write(audit.event(stage, status, this.#deps.clock.monotonicMs()));
    if (pending !== undefined && this.#full === undefined) this.#waitFor(pending);
  }

  #waitFor(pending: Promise<void>): void {
    this.#full = pending.finally(() => {
      this.#full = undefined;
    });
  }
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

/** A create is recorded under the name and uid that the new object got. */
function nameCreated(audit: RequestAudit, created: unknown): void {
  const { metadata } = (created ?? {}) as { metadata?: { name?: string; uid?: string; namespace?: string } };
  if (audit.objectRef === undefined || audit.objectRef.subresource !== '' || metadata?.name === undefined) return;
  audit.objectRef = {
    ...audit.objectRef,
    name: metadata.name,
    ...(metadata.uid === undefined ? {} : { uid: metadata.uid }),
  };
}
