/** Sends what no well-behaved client would, byte for byte, to a running Mayfly over real TLS. */
import { once } from 'node:events';
import { Agent, request as httpsRequest } from 'node:https';
import { connect as connectTLS, type TLSSocket } from 'node:tls';
import type { Status } from '@mayfly/api/meta/v1/status-error';
import type { Mayfly } from 'mayfly/testing';

export interface WireRequest {
  readonly method?: string;
  readonly path: string;
  /** A bearer token; absent: the admin's client certificate; null: no credential. */
  readonly token?: string | null;
  readonly type?: string;
  readonly headers?: Readonly<Record<string, string | string[]>>;
  /** Sent as it is when text or bytes, else as JSON. */
  readonly body?: unknown;
}

export interface WireAnswer {
  readonly code: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
}

/** Keep-alive connections of an admin and of a stranger. */
export class Wire {
  readonly #mayfly: Mayfly;
  readonly #admin: Agent;
  readonly #stranger: Agent;

  constructor(mayfly: Mayfly) {
    const ca = mayfly.caCertificate;
    this.#mayfly = mayfly;
    this.#admin = new Agent({ ca, keepAlive: true, ...adminCredential(mayfly.kubeconfig) });
    this.#stranger = new Agent({ ca, keepAlive: true });
  }

  async send({ method = 'GET', path, token, type, headers = {}, body }: WireRequest): Promise<WireAnswer> {
    const content = contentOf(body);
    const framing = content === undefined || 'transfer-encoding' in headers ? {} : { 'content-length': content.length };
    const sent = httpsRequest(this.#mayfly.url, {
      method,
      path,
      agent: token === undefined ? this.#admin : this.#stranger,
      headers: {
        ...(type !== undefined && { 'content-type': type }),
        ...(typeof token === 'string' && { authorization: `Bearer ${token}` }),
        ...framing, // Node.js frames the body of a DELETE only when asked
        ...headers,
      },
    });
    sent.on('error', () => undefined); // the first one rejects `answered`; a reset connection may have a second
    const answered = once(sent, 'response');
    sent.end(content);
    const [response] = await answered;
    const chunks: Buffer[] = [];
    for await (const chunk of response) chunks.push(chunk as Buffer);
    return { code: response.statusCode, headers: response.headers, text: Buffer.concat(chunks).toString() };
  }

  /** The revision of the store: what differs when anything at all was written. */
  async revision(): Promise<number> {
    return (await this.#mayfly.store.range({ key: '/', countOnly: true })).revision;
  }

  /** A bare TLS connection, for bytes that no HTTP library would send. The admin's when `asAdmin`. */
  async socket(asAdmin = false): Promise<TLSSocket> {
    const { hostname: host, port } = new URL(this.#mayfly.url);
    const credential = asAdmin ? adminCredential(this.#mayfly.kubeconfig) : {};
    const socket = connectTLS({ host, port: Number(port), ca: this.#mayfly.caCertificate, ...credential });
    await once(socket, 'secureConnect');
    return socket;
  }

  close(): void {
    this.#admin.destroy();
    this.#stranger.destroy();
  }
}

function contentOf(body: unknown): Buffer | undefined {
  if (body === undefined) return undefined;
  if (body instanceof Uint8Array) return Buffer.from(body);
  return Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
}

/** The client certificate inside a kubeconfig. */
export function adminCredential(kubeconfig: string): { cert: string; key: string } {
  const field = (name: string): string =>
    Buffer.from(new RegExp(`${name}: (\\S+)`).exec(kubeconfig)?.[1] ?? '', 'base64').toString();
  return { cert: field('client-certificate-data'), key: field('client-key-data') };
}

/** What an answer says, as far as a row of a table names it. */
export function statusOf({ text }: WireAnswer): Partial<Status> {
  try {
    return JSON.parse(text) as Partial<Status>;
  } catch {
    return { message: text };
  }
}
