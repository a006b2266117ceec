/** One request at a time to an API server, with a deadline and a bound on what is read. */
import type { ClientRequest, IncomingMessage } from 'node:http';
import { type RequestOptions, request } from 'node:https';
import { VERSION } from '../version.ts';
import { CommandError } from './failure.ts';
import type { ServerAccess } from './kubeconfig.ts';

export interface APIResponse {
  readonly status: number;
  readonly body: unknown;
  /** Texts of `Warning` headers. */
  readonly warnings: readonly string[];
}

const DEADLINE_MS = 15_000;
const MAX_BODY_BYTES = 32 * 1024 * 1024;

/**
 * Sends JSON and reads JSON.
 *
 * @param headers beside those that every request has
 * @throws CommandError when the server cannot be reached, is not trusted or does not answer JSON
 */
export async function callAPI(
  access: ServerAccess,
  method: string,
  path: string,
  body?: unknown,
  headers: Readonly<Record<string, string>> = {},
): Promise<APIResponse> {
  const url = new URL(path, access.server);
  const payload = body === undefined ? undefined : JSON.stringify(body);
  const options: RequestOptions = {
    method,
    ca: access.ca,
    cert: access.cert,
    key: access.key,
    timeout: DEADLINE_MS,
    signal: AbortSignal.timeout(DEADLINE_MS),
    headers: { ...headersOf(access, payload), ...headers },
  };
  try {
    const response = await send(request(url, options), payload);
    const body = JSON.parse(await readBody(response)) as unknown;
    return { status: response.statusCode ?? 0, body, warnings: warningsOf(response) };
  } catch (error) {
    throw new CommandError(`${access.server} ${reachText(error)}`, { cause: error });
  }
}

/** As `callAPI`, but anything except success is an error with the server's own words. */
export async function mustCall(access: ServerAccess, method: string, path: string, body?: unknown): Promise<unknown> {
  const response = await callAPI(access, method, path, body);
  if (response.status >= 200 && response.status < 300) return response.body;
  throw new CommandError(`${method} ${path}: ${statusMessage(response)}`);
}

/** @see RFC 7234 §5.5 */
function warningsOf({ headers }: IncomingMessage): readonly string[] {
  const texts = (headers.warning ?? '').matchAll(/299 \S+ "((?:[^"\\]|\\.)*)"/g);
  return [...texts].map(([, text = '']) => text.replace(/\\(.)/g, '$1'));
}

export function statusMessage({ status, body }: Pick<APIResponse, 'status' | 'body'>): string {
  const message = (body as { message?: unknown } | null)?.message;
  return typeof message === 'string' ? message : `HTTP ${status}`;
}

function headersOf({ token }: ServerAccess, payload: string | undefined): Record<string, string | number> {
  return {
    accept: 'application/json, application/jwk-set+json',
    'user-agent': `mayfly/${VERSION}`,
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    ...(payload === undefined
      ? {}
      : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(payload) }),
  };
}

function send(outgoing: ClientRequest, payload: string | undefined): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    outgoing.once('response', resolve);
    outgoing.once('error', reject);
    outgoing.end(payload);
  });
}

async function readBody(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_BODY_BYTES) throw new Error('answers more than 32 MiB');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

const UNTRUSTED = 'is not trusted: another CA signed its certificate than the kubeconfig, or --ca, names';

const REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'refuses connections; is it running?',
  ENOTFOUND: 'has no address; check the name',
  ABORT_ERR: 'did not answer within 15 s',
  SELF_SIGNED_CERT_IN_CHAIN: UNTRUSTED,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: UNTRUSTED,
};

function reachText(error: unknown): string {
  if (error instanceof SyntaxError) return 'did not answer JSON; is it an API server?';
  const { code = '', message } = error as NodeJS.ErrnoException;
  return REASONS[code] ?? `cannot be asked: ${message}`;
}
