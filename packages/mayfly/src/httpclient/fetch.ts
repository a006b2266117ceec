/**
 * A `fetch`-shaped function over `node:https`, for clients that must choose whom they trust and who they are.
 *
 * The Web's own `fetch` takes neither a CA nor a client certificate. Connections are kept alive. Redirects are answers
 * like any other: a credential never follows one. `text()` is bounded; `body` is for streams, whose readers bound them.
 */
import { Agent as HTTPAgent, type IncomingMessage, request as requestHTTP } from 'node:http';
import { Agent as HTTPSAgent, request as requestHTTPS } from 'node:https';
import type { Clock } from '../clock/clock.ts';

export interface FetchOptions {
  readonly clock: Clock;
  /** PEM. Absent: the system's roots. */
  readonly ca?: string;
  /** PEM, both or neither. */
  readonly clientCertificate?: { readonly certificate: string; readonly key: string };
  /** Name to verify, where it is not the URL's host. */
  readonly serverName?: string;
  /** From sending until the answer's head. */
  readonly timeoutMs: number;
  /** Longest answer `text()` reads. */
  readonly maxResponseBytes: number;
}

export interface FetchRequest {
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly signal?: AbortSignal;
}

export interface FetchResponse {
  readonly status: number;
  readonly headers: { get(name: string): string | null };
  text(): Promise<string>;
  readonly body: AsyncIterable<Uint8Array>;
}

export interface Fetcher {
  /** @throws Error when no answer came: refused, not trusted, too late, aborted */
  fetch(url: string, request: FetchRequest): Promise<FetchResponse>;
  /** Closes idle connections; requests under way end with an error. */
  close(): void;
}

const MAX_IDLE_SOCKETS = 16;

export function newFetcher(options: FetchOptions): Fetcher {
  const secure = new HTTPSAgent({ keepAlive: true, maxFreeSockets: MAX_IDLE_SOCKETS, ...tlsOf(options) });
  const plain = new HTTPAgent({ keepAlive: true, maxFreeSockets: MAX_IDLE_SOCKETS });
  return {
    async fetch(url, request) {
      const response = await send(new URL(url), request, { secure, plain }, options);
      return fetchResponse(response, options.maxResponseBytes);
    },
    close() {
      secure.destroy();
      plain.destroy();
    },
  };
}

interface Agents {
  readonly secure: HTTPSAgent;
  readonly plain: HTTPAgent;
}

function tlsOf({ ca, clientCertificate, serverName }: FetchOptions): object {
  return {
    minVersion: 'TLSv1.2',
    ...(ca === undefined ? {} : { ca }),
    ...(clientCertificate === undefined ? {} : { cert: clientCertificate.certificate, key: clientCertificate.key }),
    ...(serverName === undefined ? {} : { servername: serverName }),
  };
}

function send(
  url: URL,
  request: FetchRequest,
  agents: Agents,
  { clock, timeoutMs }: FetchOptions,
): Promise<IncomingMessage> {
  const { method, headers, body, signal } = request;
  const options = { method, headers: lengthed(headers, body), ...(signal === undefined ? {} : { signal }) };
  return new Promise((resolve, reject) => {
    const sent =
      url.protocol === 'https:'
        ? requestHTTPS(url, { ...options, agent: agents.secure })
        : requestHTTP(url, { ...options, agent: agents.plain });
    const tooLate = () => sent.destroy(new Error(`no answer within ${timeoutMs} ms`));
    const deadline = clock.setTimer(timeoutMs, tooLate);
    sent.once('response', (response) => {
      deadline.cancel();
      resolve(response);
    });
    sent.once('error', (error) => {
      deadline.cancel();
      reject(error);
    });
    sent.end(body);
  });
}

/** A known length spares the server a chunked body. */
function lengthed(headers: FetchRequest['headers'], body: string | undefined): Record<string, string> {
  return body === undefined ? { ...headers } : { ...headers, 'content-length': String(Buffer.byteLength(body)) };
}

function fetchResponse(message: IncomingMessage, maxBytes: number): FetchResponse {
  return {
    status: message.statusCode ?? 0,
    headers: { get: (name) => headerOf(message, name.toLowerCase()) },
    text: () => readText(message, maxBytes),
    body: message,
  };
}

function headerOf({ headers }: IncomingMessage, name: string): string | null {
  const value = headers[name];
  return Array.isArray(value) ? value.join(', ') : (value ?? null);
}

async function readText(message: IncomingMessage, maxBytes: number): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of message as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > maxBytes) throw new Error(`the answer is longer than ${maxBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
