/** A client that hides nothing: headers and bytes of each answer, over HTTP/1.1 or HTTP/2. */
import { once } from 'node:events';
import { type ClientHttp2Session, connect, type IncomingHttpHeaders } from 'node:http2';
import { Agent, request as httpsRequest } from 'node:https';
import type { Readable } from 'node:stream';

export const PROTOCOLS = ['HTTP/1.1', 'HTTP/2'] as const;
export type Protocol = (typeof PROTOCOLS)[number];

export interface Credentials {
  readonly ca: string;
  readonly cert?: string;
  readonly key?: string;
}

/** What a test looks into; every field as the server sent it. */
export interface Body {
  kind: string;
  apiVersion: string;
  metadata: Metadata;
  items: Body[];
  code: number;
  reason: string;
  message: string;
  details: { name?: string; kind?: string; group?: string; uid?: string; retryAfterSeconds?: number; causes?: Cause[] };
  data: Record<string, string>;
  columnDefinitions: { name: string }[];
  rows: { cells: unknown[]; object: Body }[];
  [field: string]: unknown;
}

export interface Cause {
  readonly reason: string;
  readonly message: string;
  readonly field: string;
}

export interface Metadata {
  name: string;
  uid: string;
  resourceVersion: string;
  continue?: string;
  remainingItemCount?: number;
  [field: string]: unknown;
}

export interface Answer {
  readonly code: number;
  readonly headers: IncomingHttpHeaders;
  readonly bytes: Buffer;
  readonly text: string;
  /** The text as JSON; fails the test where it is none. */
  readonly body: Body;
}

export interface Asked {
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

export interface WatchEvent {
  readonly type: string;
  readonly object: Body;
}

interface Head {
  readonly code: number;
  readonly headers: IncomingHttpHeaders;
  readonly stream: Readable;
  cancel(): void;
}

export class WireClient {
  readonly #url: string;
  readonly #credentials: Credentials;
  readonly #protocol: Protocol;
  readonly #agent: Agent;
  #session: ClientHttp2Session | undefined;

  constructor(url: string, protocol: Protocol, credentials: Credentials) {
    this.#url = url;
    this.#protocol = protocol;
    this.#credentials = credentials;
    this.#agent = new Agent({ keepAlive: true, maxSockets: 400, ...credentials });
  }

  close(): void {
    this.#agent.destroy();
    this.#session?.destroy();
  }

  /** Objects are sent as JSON, texts and buffers as they are. A body without a Content-Type header gets none. */
  async ask(method: string, path: string, { headers = {}, body }: Asked = {}): Promise<Answer> {
    const head = await this.#open(method, path, headers, body);
    const chunks: Buffer[] = [];
    for await (const chunk of head.stream) chunks.push(chunk as Buffer);
    const bytes = Buffer.concat(chunks);
    const text = bytes.toString();
    return { code: head.code, headers: head.headers, bytes, text, body: parsed(text) };
  }

  /** Resolves at the status line, before any event. */
  async watch(path: string, headers: Readonly<Record<string, string>> = {}): Promise<WatchStream> {
    const head = await this.#open('GET', path, headers, undefined);
    return new WatchStream(head);
  }

  #open(method: string, path: string, headers: Readonly<Record<string, string>>, body: unknown): Promise<Head> {
    const bytes = body === undefined || typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body);
    return this.#protocol === 'HTTP/2'
      ? this.#openHTTP2(method, path, headers, bytes)
      : this.#openHTTP1(method, path, headers, bytes);
  }

  async #openHTTP1(
    method: string,
    path: string,
    headers: Readonly<Record<string, string>>,
    body: string | Buffer | undefined,
  ): Promise<Head> {
    const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) };
    const request = httpsRequest(this.#url + path, { method, headers: { ...headers, ...length }, agent: this.#agent });
    const answered = once(request, 'response');
    request.on('error', () => undefined); // after a cancel; before the answer `once` rejects
    request.end(body);
    const [response] = (await answered) as [Readable & { statusCode: number; headers: IncomingHttpHeaders }];
    return {
      code: response.statusCode,
      headers: response.headers,
      stream: response,
      cancel: () => request.destroy(),
    };
  }

  async #openHTTP2(
    method: string,
    path: string,
    headers: Readonly<Record<string, string>>,
    body: string | Buffer | undefined,
  ): Promise<Head> {
    const stream = this.#connection().request(
      { ':method': method, ':path': path, ...headers },
      { endStream: body === undefined },
    );
    const answered = once(stream, 'response');
    stream.on('error', () => undefined);
    if (body !== undefined) stream.end(body);
    const [received] = (await answered) as [IncomingHttpHeaders & { ':status': number }];
    return { code: received[':status'], headers: received, stream, cancel: () => stream.close() };
  }

  /** A new connection once the server has said goodbye to the last one. */
  #connection(): ClientHttp2Session {
    if (this.#session === undefined || this.#session.closed || this.#session.destroyed) {
      this.#session = connect(this.#url, this.#credentials);
      this.#session.on('error', () => undefined);
    }
    return this.#session;
  }
}

function parsed(text: string): Body {
  try {
    return JSON.parse(text) as Body;
  } catch {
    return new Proxy({} as Body, {
      get: () => {
        throw new Error(`not JSON: ${text.slice(0, 200)}`);
      },
    });
  }
}

export class WatchStream {
  readonly code: number;
  readonly headers: IncomingHttpHeaders;
  /** Every event so far. */
  readonly events: WatchEvent[] = [];
  readonly #head: Head;
  #waiting: (() => void)[] = [];
  #taken = 0;
  #pending = '';
  hasEnded = false;

  constructor(head: Head) {
    this.#head = head;
    this.code = head.code;
    this.headers = head.headers;
    head.stream.on('data', (chunk: Buffer) => this.#receive(chunk));
    for (const end of ['end', 'close', 'error']) head.stream.on(end, () => this.#end());
  }

  /** Stops reading: a consumer that cannot keep up. */
  pause(): void {
    this.#head.stream.pause();
  }

  resume(): void {
    this.#head.stream.resume();
  }

  cancel(): void {
    this.#head.cancel();
  }

  /** The next `count` events, waiting for them; fails when the stream ends before. */
  async take(count: number): Promise<readonly WatchEvent[]> {
    while (this.events.length < this.#taken + count) {
      if (this.hasEnded) throw new Error(`the watch ended after ${JSON.stringify(this.events.slice(this.#taken))}`);
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
    const taken = this.events.slice(this.#taken, this.#taken + count);
    this.#taken += count;
    return taken;
  }

  async next(): Promise<WatchEvent> {
    const [event] = await this.take(1);
    return event as WatchEvent;
  }

  async ended(): Promise<void> {
    while (!this.hasEnded) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  #receive(chunk: Buffer): void {
    const lines = (this.#pending + chunk.toString()).split('\n');
    this.#pending = lines.pop() ?? '';
    this.events.push(...lines.map((line) => JSON.parse(line) as WatchEvent));
    this.#wake();
  }

  #end(): void {
    this.hasEnded = true;
    this.#wake();
  }

  #wake(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}
