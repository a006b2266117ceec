/** What the audit log says a token did: how often, of which kind, with which outcome, first and last. */
import { CREDENTIAL_ID_EXTRA } from '@mayfly/api/user/user';
import { CommandError } from '../failure.ts';
import { readAuditLines } from './audit-files.ts';

export interface AuditGroup {
  readonly verb: string;
  /** `pods/log`, `roles.rbac.authorization.k8s.io`, or the path of a request that is about no resource. */
  readonly resource: string;
  /** `200`, `403 Forbidden`; `open` for a watch that has not ended. */
  readonly outcome: string;
  count: number;
  first: string;
  last: string;
}

/** One request. */
export interface AuditRequest {
  readonly time: string;
  readonly auditID: string;
  readonly verb: string;
  readonly uri: string;
  readonly outcome: string;
  readonly sourceIP: string;
  readonly userAgent: string;
  /** Whom it acted as. */
  readonly impersonated?: string;
}

export interface AuditReport {
  readonly files: readonly string[];
  /** Time of the oldest event in the log, whoever's. */
  readonly since?: string;
  /** Why there is nothing to report. */
  readonly problem?: string;
  readonly requests: number;
  readonly groups: readonly AuditGroup[];
  /** Requests of the groups that are not told apart. */
  readonly others: number;
  /** The request that the token was the answer to. */
  readonly issued?: AuditRequest;
  /** Lines that name the token and are no events: cut short, or too long. */
  readonly unreadable: number;
  /** Only when asked for: the last ones. */
  readonly events?: readonly AuditRequest[];
}

const ISSUED_ANNOTATION = 'authentication.kubernetes.io/issued-credential-id';
const MAX_GROUPS = 500;
const MAX_EVENTS = 10_000;

/** @param full whether each request is wanted */
export async function reportAudit(path: string, id: string, full: boolean): Promise<AuditReport> {
  const collected = new Collected(`JTI=${id}`, full);
  try {
    const { files, tooLong, first } = await readAuditLines(path, `JTI=${id}`, (line) => collected.take(line));
    const since = /"requestReceivedTimestamp":"([^"]{1,40})"/.exec(first ?? '')?.[1];
    return { files, ...(since !== undefined && { since }), ...collected.report(tooLong) };
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    return { files: [], problem: error.message, ...collected.report(0) };
  }
}

interface Event {
  readonly auditID?: string;
  readonly stage?: string;
  readonly requestURI?: string;
  readonly verb?: string;
  readonly user?: { readonly extra?: Readonly<Record<string, readonly string[]>> };
  readonly impersonatedUser?: { readonly username?: string };
  readonly sourceIPs?: readonly string[];
  readonly userAgent?: string;
  readonly objectRef?: { readonly resource?: string; readonly subresource?: string; readonly apiGroup?: string };
  readonly responseStatus?: { readonly code?: number; readonly reason?: string };
  readonly requestReceivedTimestamp?: string;
  readonly annotations?: Readonly<Record<string, string>>;
}

class Collected {
  readonly #credentialID: string;
  readonly #full: boolean;
  readonly #groups = new Map<string, AuditGroup>();
  readonly #events: AuditRequest[] = [];
  /** Watches that have begun. */
  readonly #open = new Map<string, Event>();
  #issued: AuditRequest | undefined;
  #requests = 0;
  #others = 0;
  #unreadable = 0;

  constructor(credentialID: string, full: boolean) {
    this.#credentialID = credentialID;
    this.#full = full;
  }

  take(line: string): void {
    const event = parseEvent(line);
    if (event === undefined) {
      this.#unreadable++;
      return;
    }
    if (event.annotations?.[ISSUED_ANNOTATION] === this.#credentialID) this.#issued = requestOf(event);
    if (event.user?.extra?.[CREDENTIAL_ID_EXTRA]?.includes(this.#credentialID) !== true) return;
    const id = event.auditID ?? '';
    if (event.stage === 'ResponseStarted') {
      if (this.#open.size < MAX_GROUPS) this.#open.set(id, event);
      return;
    }
    this.#open.delete(id);
    this.#count(event);
  }

  report(tooLong: number): Omit<AuditReport, 'files' | 'since' | 'problem'> {
    for (const event of this.#open.values()) this.#count(event);
    return {
      requests: this.#requests,
      groups: [...this.#groups.values()].sort((a, b) => b.count - a.count),
      others: this.#others,
      ...(this.#issued && { issued: this.#issued }),
      unreadable: this.#unreadable + tooLong,
      ...(this.#full && { events: this.#events.slice(-MAX_EVENTS) }),
    };
  }

  #count(event: Event): void {
    const request = requestOf(event);
    this.#requests++;
    if (this.#full) this.#remember(request);
    const resource = resourceOf(event);
    const key = JSON.stringify([request.verb, resource, request.outcome]);
    const group = this.#groups.get(key);
    if (group === undefined && this.#groups.size >= MAX_GROUPS) {
      this.#others++;
      return;
    }
    const { verb, outcome, time } = request;
    if (group === undefined) this.#groups.set(key, { verb, resource, outcome, count: 1, first: time, last: time });
    else {
      group.count++;
      if (time < group.first) group.first = time;
      if (time > group.last) group.last = time;
    }
  }

  /** The last ones: a token that did much did the interesting part lately. */
  #remember(request: AuditRequest): void {
    this.#events.push(request);
    if (this.#events.length >= 2 * MAX_EVENTS) this.#events.splice(0, MAX_EVENTS);
  }
}

function parseEvent(line: string): Event | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined; // counted by the caller
  }
}

function requestOf(event: Event): AuditRequest {
  const impersonated = event.impersonatedUser?.username;
  return {
    time: event.requestReceivedTimestamp ?? '',
    auditID: event.auditID ?? '',
    verb: event.verb ?? '',
    uri: event.requestURI ?? '',
    outcome: outcomeOf(event),
    sourceIP: event.sourceIPs?.[0] ?? '',
    userAgent: event.userAgent ?? '',
    ...(impersonated !== undefined && { impersonated }),
  };
}

function outcomeOf({ stage, responseStatus }: Event): string {
  if (stage === 'ResponseStarted') return 'open';
  return [responseStatus?.code ?? '?', responseStatus?.reason ?? ''].join(' ').trim();
}

function resourceOf({ objectRef, requestURI = '' }: Event): string {
  const { resource = '', subresource = '', apiGroup = '' } = objectRef ?? {};
  if (resource === '') return requestURI.split('?', 1)[0] ?? '';
  return `${resource}${apiGroup === '' ? '' : `.${apiGroup}`}${subresource === '' ? '' : `/${subresource}`}`;
}
