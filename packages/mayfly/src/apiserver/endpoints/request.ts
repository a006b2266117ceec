/**
 * One request on its way through the filters to a resource and back.
 *
 * There is one object for each request and every stage writes its own finding into it, so nothing is wrapped or copied
 * on the way. Resources see it as `RequestContext`, authenticators as `CredentialSource`.
 */
import type { UserInfo } from '@mayfly/api/user/user';
import type { Awaitable } from '../../awaitable.ts';
import type { Clock } from '../../clock/clock.ts';
import type { Connection } from '../../httpserver/connection.ts';
import type { HTTPRequest, HTTPResponse } from '../../httpserver/listener.ts';
import type { CredentialSource } from '../authentication/authenticator.ts';
import type { RequestContext } from '../registry/rest.ts';
import { NO_REQUEST_INFO, type RequestInfo } from '../requestinfo/request-info.ts';
import { Warnings } from './warnings.ts';

/** Serves one request. It has answered when the promise (if any) is settled; a rejection is answered by the filters. */
export type Handler = (request: APIRequest) => Awaitable<void>;

/** Follows an answer on its way out. */
export interface Recording {
  /** The head of a stream has been written. */
  streamStarted(): void;
  /** The request has been answered in full, or its caller is gone. */
  answered(): void;
}

export const NOBODY: UserInfo = { name: '', uid: '', groups: [], extra: {} };

const NO_QUERY = new URLSearchParams();

export class APIRequest implements CredentialSource, RequestContext {
  readonly incoming: HTTPRequest;
  readonly outgoing: HTTPResponse;
  readonly connection: Connection;
  /** Epoch milliseconds. */
  readonly receivedAtMs: number;
  /** The same moment on the monotonic clock. */
  readonly receivedMonotonicMs: number;
  readonly method: string;
  readonly url: string;
  auditID = '';
  requestInfo: RequestInfo = NO_REQUEST_INFO;
  /** Who the request acts as. Before authentication nobody. */
  user: UserInfo = NOBODY;
  /** Who asked to act as `user`; undefined without impersonation. */
  impersonator: UserInfo | undefined;
  audiences: readonly string[] | undefined;
  /** Set by the mux: the URL's namespace for namespaced resources, else empty. */
  namespace = '';
  /** Status code answered; 0 while none was. */
  code = 0;
  /** What audit records of the bodies, when its policy asks for them. */
  requestObject: unknown;
  responseObject: unknown;
  recording: Recording | undefined;
  #annotations: Map<string, string> | undefined;
  #warnings: Warnings | undefined;
  #abort: AbortController | undefined;
  #aborted = false;
  #query: URLSearchParams | undefined;
  readonly #endings: ((request: APIRequest) => void)[] = [];

  constructor(incoming: HTTPRequest, outgoing: HTTPResponse, connection: Connection, clock: Clock) {
    this.incoming = incoming;
    this.outgoing = outgoing;
    this.connection = connection;
    this.receivedAtMs = clock.nowMs();
    this.receivedMonotonicMs = clock.monotonicMs();
    this.method = incoming.method ?? 'GET';
    this.url = incoming.url ?? '/';
  }

  get query(): URLSearchParams {
    if (this.#query === undefined) {
      const start = this.url.indexOf('?');
      this.#query = start < 0 ? NO_QUERY : new URLSearchParams(this.url.slice(start + 1));
    }
    return this.#query;
  }

  /** First value of a header as Node.js joins it; name in lower case. */
  header(name: string): string | undefined {
    const value = this.incoming.headers[name];
    return typeof value === 'string' ? value : value?.[0];
  }

  headerValues(name: string): readonly string[] {
    const raw = this.incoming.rawHeaders;
    let values: string[] | undefined;
    for (let i = 0; i < raw.length; i += 2) {
      const key = raw[i] as string;
      if (key.length !== name.length || (key !== name && key.toLowerCase() !== name)) continue;
      if (values === undefined) values = [raw[i + 1] as string];
      else values.push(raw[i + 1] as string);
    }
    return values ?? NO_VALUES;
  }

  headerNames(): readonly string[] {
    const names: string[] = [];
    const raw = this.incoming.rawHeaders;
    for (let i = 0; i < raw.length; i += 2) names.push((raw[i] as string).toLowerCase());
    return names;
  }

  /** Removes every header whose lower-case name `matches`, so that no later stage can use it. */
  dropHeaders(matches: (name: string) => boolean): void {
    const { headers, rawHeaders: raw } = this.incoming;
    let kept = 0;
    for (let i = 0; i < raw.length; i += 2) {
      const name = lowerCase(raw[i] as string);
      if (matches(name)) {
        headers[name] = undefined; // deleting would make every later look-up slow
        continue;
      }
      raw[kept++] = raw[i] as string;
      raw[kept++] = raw[i + 1] as string;
    }
    raw.length = kept;
  }

  /** Calls `ending` once the handlers are done with the request, however they end. */
  atEnd(ending: (request: APIRequest) => void): void {
    this.#endings.push(ending);
  }

  /** For the chain alone. */
  end(): void {
    for (const ending of this.#endings.splice(0)) ending(this);
  }

  get peerCertificates(): readonly Uint8Array[] | undefined {
    return this.connection.certificates;
  }

  get path(): string {
    return this.requestInfo.path;
  }

  get sourceIP(): string {
    return this.connection.remoteAddress;
  }

  get userAgent(): string {
    return this.header('user-agent') ?? '';
  }

  get signal(): AbortSignal {
    if (this.#abort === undefined) {
      this.#abort = new AbortController();
      if (this.#aborted) this.#abort.abort();
    }
    return this.#abort.signal;
  }

  /** The caller is gone or the deadline has passed. */
  abort(): void {
    this.#aborted = true;
    this.#abort?.abort();
  }

  get aborted(): boolean {
    return this.#aborted;
  }

  warn(text: string): void {
    this.#warnings ??= new Warnings();
    this.#warnings.add(text);
  }

  get warningHeaders(): readonly string[] {
    return this.#warnings === undefined ? NO_VALUES : this.#warnings.headers();
  }

  annotate(key: string, value: string): void {
    this.#annotations ??= new Map();
    if (!this.#annotations.has(key)) this.#annotations.set(key, value);
  }

  get annotations(): ReadonlyMap<string, string> {
    return this.#annotations ?? NO_ANNOTATIONS;
  }

  /** False once the status line has left: nothing else may be answered then. */
  get unanswered(): boolean {
    return this.code === 0;
  }
}

const LOWER_CASE = new Map<string, string>();
const MAX_REMEMBERED_NAMES = 512;

/** Clients send the same few names again and again; strangers' names do not fill the memory. */
function lowerCase(name: string): string {
  const known = LOWER_CASE.get(name);
  if (known !== undefined) return known;
  const lower = name.toLowerCase();
  if (LOWER_CASE.size < MAX_REMEMBERED_NAMES && name.length <= 64) LOWER_CASE.set(name, lower);
  return lower;
}

const NO_VALUES: readonly string[] = [];
const NO_ANNOTATIONS: ReadonlyMap<string, string> = new Map();
