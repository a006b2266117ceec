/**
 * The identity API server in running order: registry, policy, authentication, authorization, endpoints, listener,
 * controllers. It assembles and decides nothing; files and locks are `start.ts`'s.
 */
import type { Namespace } from '@mayfly/api/core/v1/namespace';
import type { ServiceAccount } from '@mayfly/api/core/v1/service-account';
import { apiVersionOf } from '@mayfly/api/meta/v1/group-version';
import type { ServerConfig } from '../../config/config.ts';
import { type Listener, listen, type RequestListener } from '../../httpserver/listener.ts';
import type { Log } from '../../log/log.ts';
import { Metrics } from '../../metrics/metrics.ts';
import { watchAudit, watchSigningKeys } from '../../metrics/observers.ts';
import { VERSION } from '../../version.ts';
import { newAdmission } from '../admission/chain.ts';
import { admissionPlugins } from '../admission/order.ts';
import { DEFAULT_AUDIT_POLICY } from '../audit/policy.ts';
import type { AuditSink } from '../audit/sink.ts';
import { type APIHandler, newAPIHandler } from '../endpoints/handler.ts';
import { newOpenAPI } from '../endpoints/openapi/openapi.ts';
import type { APIRequest } from '../endpoints/request.ts';
import { versionInfo } from '../endpoints/version.ts';
import { newAuditRecorder } from '../filters/audit-recorder.ts';
import { DEFAULT_CHAIN_LIMITS, newHandlerChain } from '../filters/chain.ts';
import { chainMetrics } from '../filters/chain-metrics.ts';
import type { ResourceStorage } from '../registry/rest.ts';
import { type Keyring, signsWhatItVerifies } from '../serviceaccount/keyring.ts';
import { newLegacyTokenSigner } from '../serviceaccount/legacy/signer.ts';
import { type Core, type CoreOptions, openCore } from './core.ts';
import { newDiscoveryDocuments } from './discovery-documents.ts';
import { listenFault } from './fault-error.ts';
import { newHealthChecks } from './health.ts';
import { type LoopOptions, startLoops } from './loops.ts';
import { LOOPBACK_SERVER_NAME } from './pki.ts';
import { openRootCA } from './root-ca.ts';

export interface APIServerOptions extends CoreOptions {
  /** Stays the caller's, like the store: it is flushed here, not closed. */
  readonly auditSink: AuditSink;
}

export interface APIServer {
  /** `https://HOST:PORT` as it really listens. */
  readonly url: string;
  /** Resolves, a moment after the start, when the first round of the controllers is over. Requests need not wait for it. */
  readonly settled: Promise<unknown>;
  /** Reads the client CA file again; a broken one is logged and the old one stays. */
  reload(): Promise<void>;
  /** Stops accepting, finishes what is in flight (10 s at most), writes out ledger and audit log. */
  close(): Promise<void>;
}

const DRAIN_GRACE_MS = 10_000;

/**
 * Resolves when every request can be served as it will be from then on.
 *
 * @throws ConfigError when a file named by a setting cannot be used, FaultError when the address cannot be bound
 */
export async function startAPIServer(options: APIServerOptions): Promise<APIServer> {
  const { config, store, pki, keys, auditSink, clock, log } = options;
  const { keyring } = keys;
  warnIfUnverifiable(keyring, log);
  const rootCA = await openRootCA(config.rootCAFile, pki, log);
  const metrics = new Metrics({ processMetrics: config.command === 'server' });
  watchAudit(metrics, () => auditSink.counts);
  if (keys.figures !== undefined) watchSigningKeys(metrics, keys.figures);
  let entrance: RequestListener = refuseForNow;
  const listener = await listen({
    host: config.listen.host,
    port: config.listen.port,
    tls: pki.servingMaterial(),
    tlsByServerName: { [LOOPBACK_SERVER_NAME]: pki.loopbackMaterial() },
    handler: (request, response, connection) => entrance(request, response, connection),
    http1Only: config.http1Only,
    clock,
  }).catch((error: NodeJS.ErrnoException) => {
    throw listenFault(config.listen, error);
  });
  pki.onRenewed((material) => listener.reload(material));

  const core = await openCore(options, metrics).catch(async (error: unknown) => {
    await listener.drain(0); // or the open port would keep a process alive that has refused to start
    throw error;
  });
  let isDraining = false;
  const handler = newHandler(options, core, metrics, listener, () => isDraining);
  core.revocations.onRevoked(handler.endRevoked);
  metrics.watch('apiserver_longrunning_requests', handler.watches, 'WATCH');
  const stopListening = keyring.onChange((_keys, withdrawn) => {
    if (withdrawn.length > 0) handler.interruptWatches(); // one may have begun with a token of such a key
  });
  entrance = newEntrance(options, core, metrics, handler);
  const url = `https://${hostAndPort(listener)}`;
  const loops = startLoops({
    url,
    caPEM: pki.caPEM,
    loopbackToken: core.loopbackToken,
    rootCA,
    onServingRenewed: (listener) => pki.onRenewed(listener),
    controllers: config.controllers,
    metrics,
    legacyTokens: legacyTokenOptions(options, core),
    store,
    clock,
    log,
  });

  return {
    url,
    settled: loops.settled,
    reload: () => core.clientCAs.refresh(),
    async close() {
      isDraining = true;
      stopListening();
      await loops.stop();
      handler.endWatches();
      await listener.drain(DRAIN_GRACE_MS);
      await core.close();
      await auditSink.flush();
    },
  };
}

/** Kubernetes starts such a server too, and its tokens are refused everywhere. */
export function warnIfUnverifiable(keyring: Keyring, log: Log): void {
  if (signsWhatItVerifies(keyring.snapshot)) return;
  log.warn('the public half of the signing key is not among the verification keys: this server refuses its own tokens');
}

function legacyTokenOptions({ config, keys: { keyring } }: APIServerOptions, core: Core): LoopOptions['legacyTokens'] {
  return {
    signer: keyring.snapshot.signer && newLegacyTokenSigner(keyring),
    uses: core.legacyTokenUses,
    cleanUpPeriodMs: config.legacyServiceAccountTokenCleanUpPeriodMs,
  };
}

function newHandler(
  { config, store, keys, clock, random, log }: APIServerOptions,
  { registry, resources, authorizer, revocations, statusLists }: Core,
  metrics: Metrics,
  listener: Listener,
  isDraining: () => boolean,
): APIHandler {
  return newAPIHandler({
    resources,
    admission: newAdmission(
      admissionPlugins(
        {
          namespaces: registry.reader<Namespace>('namespaces'),
          serviceAccounts: registry.reader<ServiceAccount>('serviceaccounts'),
          clock,
          random,
        },
        config.disableAdmissionPlugins,
      ),
    ),
    authorizer,
    openapi: newOpenAPI(groupVersionKeys(resources), {
      resources: resources.map(({ definition }) => definition),
      version: VERSION,
    }),
    documents: newDiscoveryDocuments(discoveryOptions(config, listener), keys.keyring, log),
    metrics,
    health: newHealthChecks(store, isDraining, revocations),
    revocations,
    ...(statusLists && { statusLists }),
    version: versionInfo(VERSION, `${process.platform}/${process.arch}`, process.versions.node),
    serverAddress: hostAndPort(listener),
    clock,
    random,
    log,
  });
}

function newEntrance(
  { config, auditSink, clock, random, log }: APIServerOptions,
  { authenticator, authorizer, noteUse }: Core,
  metrics: Metrics,
  handler: APIHandler,
): RequestListener {
  const chain = {
    authenticator,
    apiAudiences: config.apiAudiences,
    authorizer,
    onAuthenticated: (request: APIRequest) => noteUse(request.user, request),
    audit: newAuditRecorder({ sink: auditSink, policy: DEFAULT_AUDIT_POLICY, clock }),
    metrics: chainMetrics(metrics, handler.serves),
    limits: DEFAULT_CHAIN_LIMITS,
    clock,
    random,
    log,
  };
  return newHandlerChain(chain, handler.handle);
}

/** The port is bound before anything is made, so that a taken one costs nothing; nobody is served until all is there. */
const refuseForNow: RequestListener = (_request, response) => {
  response.statusCode = 503;
  response.setHeader('Retry-After', '1');
  response.end();
  return undefined;
};

function hostAndPort({ host, port }: Pick<Listener, 'host' | 'port'>): string {
  const reachable = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host;
  return reachable.includes(':') ? `[${reachable}]:${port}` : `${reachable}:${port}`;
}

/** `jwks_uri` names the external host name, with our port where it has none; else the address we listen on. */
function discoveryOptions(config: ServerConfig, listener: Listener): Parameters<typeof newDiscoveryDocuments>[0] {
  const externalHostname = config.externalHostname ?? '';
  const hasPort = /:\d+$/.test(externalHostname);
  const external = hasPort ? externalHostname : `${externalHostname}:${listener.port}`;
  return {
    issuer: config.serviceAccountIssuer[0] ?? '',
    jwksURI: config.serviceAccountJWKSURI ?? '',
    externalAddress: externalHostname === '' ? hostAndPort(listener) : external,
  };
}

function groupVersionKeys(resources: readonly ResourceStorage[]): readonly string[] {
  const keys = resources.map(
    ({ definition }) => `${definition.group === '' ? 'api' : 'apis'}/${apiVersionOf(definition)}`,
  );
  return [...new Set(keys)];
}
