/** A whole API server on a free port, with real TLS, real filters and a registry of the test's choice. */
import { type ClientHttp2Session, connect } from 'node:http2';
import { Agent, request as httpsRequest } from 'node:https';
import type { UserInfo } from '@mayfly/api/user/user';
import { ANONYMOUS_USER, UNAUTHENTICATED_GROUP } from '@mayfly/api/user/user';
import type { Clock } from '../../clock/clock.ts';
import { systemClock } from '../../clock/clock.ts';
import { type Listener, listen } from '../../httpserver/listener.ts';
import { type Log, silentLog } from '../../log/log.ts';
import { Metrics } from '../../metrics/metrics.ts';
import { systemRandom } from '../../random/random.ts';
import {
  formatKeyed,
  issueCA,
  issueClient,
  issueServing,
  type KeyedCertificate,
  validityFrom,
} from '../../x509/issue.ts';
import { type CredentialSource, failed, type RequestAuthenticator } from '../authentication/authenticator.ts';
import type { Attributes, AuthorizationVerdict, Authorizer } from '../authorization/authorizer.ts';
import { type APIHandler, type APIHandlerDependencies, newAPIHandler } from '../endpoints/handler.ts';
import { versionInfo } from '../endpoints/version.ts';
import type { ResourceStorage } from '../registry/rest.ts';
import { type AuditRecorder, NO_AUDIT } from './audit.ts';
import { type ChainLimits, DEFAULT_CHAIN_LIMITS, newHandlerChain } from './chain.ts';
import { chainMetrics } from './chain-metrics.ts';

export const ADMIN: UserInfo = {
  name: 'admin',
  uid: '',
  groups: ['system:masters', 'system:authenticated'],
  extra: {},
};
export const ALICE: UserInfo = { name: 'alice', uid: '', groups: ['system:authenticated'], extra: {} };
const ANONYMOUS: UserInfo = { name: ANONYMOUS_USER, uid: '', groups: [UNAUTHENTICATED_GROUP], extra: {} };

/** `Bearer admin`, `Bearer alice`; `Bearer anonymous` stands for no credential where that is let in. */
const USERS: Readonly<Record<string, UserInfo>> = { admin: ADMIN, alice: ALICE, anonymous: ANONYMOUS };

export const namesAuthenticator: RequestAuthenticator = {
  async authenticateRequest(source: CredentialSource) {
    const [header] = source.headerValues('authorization');
    if (header === undefined) return { outcome: 'no-opinion' };
    const user = USERS[header.slice('Bearer '.length)];
    return user === undefined ? failed('invalid bearer token') : { outcome: 'authenticated', user, audiences: [] };
  },
};

/** Everything is allowed but what `refuse` says. */
export function authorizerRefusing(
  refuse: (attributes: Attributes) => AuthorizationVerdict | undefined = () => undefined,
): Authorizer {
  return { authorize: async (attributes) => refuse(attributes) ?? { decision: 'Allow', reason: '' } };
}

export interface ServerOptions {
  readonly resources: readonly ResourceStorage[];
  readonly authenticator?: RequestAuthenticator;
  readonly authorizer?: Authorizer;
  readonly audit?: AuditRecorder;
  readonly apiAudiences?: readonly string[];
  readonly limits?: Partial<ChainLimits>;
  readonly handler?: Partial<APIHandlerDependencies>;
  readonly clock?: Clock;
  readonly log?: Log;
  readonly port?: number;
}

export interface TestServer {
  readonly url: string;
  readonly ca: string;
  readonly authority: KeyedCertificate;
  readonly listener: Listener;
  readonly handler: APIHandler;
  readonly metrics: Metrics;
  request(path: string, options?: RequestOptions): Promise<Answer>;
  session(): ClientHttp2Session;
  close(): Promise<void>;
}

export interface RequestOptions {
  readonly method?: string;
  /** Default `admin`; empty: none. */
  readonly as?: string;
  readonly headers?: Readonly<Record<string, string | string[]>>;
  /** Objects become JSON. */
  readonly body?: unknown;
}

export interface Answer {
  readonly code: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly raw: Buffer;
  readonly text: string;
  /** Parsed loosely: tests look at fields of many kinds. */
  // biome-ignore lint/suspicious/noExplicitAny: an answer of any kind
  readonly json: any;
}

export async function startServer(options: ServerOptions): Promise<TestServer> {
  const clock = options.clock ?? systemClock;
  const log = options.log ?? silentLog;
  const authority = newAuthority();
  const metrics = new Metrics({ processMetrics: false });
  const authorizer = options.authorizer ?? authorizerRefusing();
  const handler = newAPIHandler({
    resources: options.resources,
    admission: { admit: async () => undefined, validate: async () => undefined },
    authorizer,
    openapi: {
      index: () => ({ body: Buffer.from('{"paths":{}}'), etag: 'E' }),
      document: () => undefined,
      v2: () => ({ body: Buffer.from(''), hash: '' }),
    },
    documents: { find: () => undefined },
    metrics,
    health: { livez: [], readyz: [] },
    version: versionInfo('0.0.0-test', 'linux/x64', 'v26.10.0'),
    serverAddress: '127.0.0.1:6443',
    clock,
    random: systemRandom,
    log,
    ...options.handler,
  });
  const chain = newHandlerChain(
    {
      authenticator: options.authenticator ?? namesAuthenticator,
      apiAudiences: options.apiAudiences ?? [],
      authorizer,
      audit: options.audit ?? NO_AUDIT,
      onAuthenticated: () => undefined,
      metrics: chainMetrics(metrics, handler.serves),
      limits: { ...DEFAULT_CHAIN_LIMITS, ...options.limits },
      clock,
      random: systemRandom,
      log,
    },
    handler.handle,
  );
  const listener = await listen({
    host: '127.0.0.1',
    port: options.port ?? 0,
    tls: servingTLS(authority),
    handler: chain,
    clock,
  });
  return newTestServer(listener, handler, metrics, authority);
}

export function newAuthority(): KeyedCertificate {
  return issueCA({ commonName: 'test', random: systemRandom, ...validityFrom(Date.now(), 86_400_000) });
}

export function servingTLS(authority: KeyedCertificate) {
  const serving = issueServing(
    {
      commonName: 'server',
      hosts: ['localhost', '127.0.0.1'],
      random: systemRandom,
      ...validityFrom(Date.now(), 3_600_000),
    },
    authority,
  );
  return formatKeyed(serving);
}

export function clientTLS(authority: KeyedCertificate, commonName: string) {
  const client = issueClient(
    { commonName, organizations: [], random: systemRandom, ...validityFrom(Date.now(), 3_600_000) },
    authority,
  );
  return formatKeyed(client);
}

function newTestServer(
  listener: Listener,
  handler: APIHandler,
  metrics: Metrics,
  authority: KeyedCertificate,
): TestServer {
  const { cert: ca } = formatKeyed(authority);
  const url = `https://127.0.0.1:${listener.port}`;
  const agent = new Agent({ ca, keepAlive: true });
  const sessions = new Set<ClientHttp2Session>();
  return {
    url,
    ca,
    authority,
    listener,
    handler,
    metrics,
    request: (path, options = {}) => send(url + path, agent, options),
    session() {
      const session = connect(url, { ca });
      sessions.add(session);
      return session;
    },
    async close() {
      agent.destroy();
      for (const session of sessions) session.destroy();
      handler.endWatches();
      await listener.drain(0);
    },
  };
}

function send(url: string, agent: Agent, { method = 'GET', as = 'admin', headers = {}, body }: RequestOptions) {
  return new Promise<Answer>((resolve, reject) => {
    const authorization = as === '' ? {} : { authorization: `Bearer ${as}` };
    const content = bytesOf(body);
    const length = content === undefined ? {} : { 'content-length': content.length }; // DELETE would send none itself
    const request = httpsRequest(
      url,
      { method, agent, headers: { ...authorization, ...length, ...headers } },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () => resolve(answerOf(response.statusCode ?? 0, response.headers, Buffer.concat(chunks))));
      },
    );
    request.on('error', reject);
    request.end(content);
  });
}

function bytesOf(body: unknown): Buffer | undefined {
  if (body === undefined) return undefined;
  if (body instanceof Uint8Array) return Buffer.from(body);
  return Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
}

function answerOf(code: number, headers: Answer['headers'], raw: Buffer): Answer {
  const text = raw.toString('utf8');
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    json = undefined; // not every answer is JSON; a test that expects it fails on its fields
  }
  return { code, headers, raw, text, json };
}
