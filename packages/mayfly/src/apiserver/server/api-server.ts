/**
 * The identity API server in running order: registry, policy, authentication, authorization, endpoints, listener,
 * controllers. It assembles and decides nothing; files and locks are `start.ts`'s.
 */
import type { Namespace } from '@mayfly/api/core/v1/namespace';
import { apiVersionOf } from '@mayfly/api/meta/v1/group-version';
import type { UserInfo } from '@mayfly/api/user/user';
import { newKubeClient } from '@mayfly/sdk/kube/client';
import type { Clock } from '../../clock/clock.ts';
import type { ServerConfig } from '../../config/config.ts';
import { newFetcher } from '../../httpclient/fetch.ts';
import { type Listener, listen, type RequestListener } from '../../httpserver/listener.ts';
import type { Log } from '../../log/log.ts';
import { Metrics } from '../../metrics/metrics.ts';
import { watchAudit } from '../../metrics/observers.ts';
import type { Random } from '../../random/random.ts';
import { startCompactor } from '../../storage/compaction.ts';
import type { Store } from '../../storage/store.ts';
import { VERSION } from '../../version.ts';
import { newAdmission } from '../admission/chain.ts';
import { admissionPlugins } from '../admission/order.ts';
import { DEFAULT_AUDIT_POLICY } from '../audit/policy.ts';
import type { AuditSink } from '../audit/sink.ts';
import { newAuthorizer } from '../authorization/order.ts';
import { PolicyIndex } from '../authorization/rbac/policy-index.ts';
import { RBACAuthorizer } from '../authorization/rbac/rbac-authorizer.ts';
import { startClusterRoleAggregationController } from '../controllers/clusterroleaggregation/cluster-role-aggregation.ts';
import { startNamespaceController } from '../controllers/namespace/namespace-controller.ts';
import { newAPIHandler } from '../endpoints/handler.ts';
import type { HealthCheck, HealthChecks } from '../endpoints/health.ts';
import { newOpenAPI } from '../endpoints/openapi/openapi.ts';
import { versionInfo } from '../endpoints/version.ts';
import { newAuditRecorder } from '../filters/audit-recorder.ts';
import { DEFAULT_CHAIN_LIMITS, newHandlerChain } from '../filters/chain.ts';
import { chainMetrics } from '../filters/chain-metrics.ts';
import { bootstrapNamespaces } from '../registry/bootstrap-namespaces.ts';
import { newLedger } from '../registry/issuedtoken/ledger.ts';
import { issuedTokenOf } from '../registry/issuedtoken/use.ts';
import { newRegistry } from '../registry/registry.ts';
import type { RequestContext, ResourceStorage } from '../registry/rest.ts';
import { type Keyring, signsWhatItVerifies } from '../serviceaccount/keyring.ts';
import { assembleAuthentication, newServiceAccountGetter } from './authentication.ts';
import { newDiscoveryDocuments } from './discovery-documents.ts';
import { listenFault } from './fault-error.ts';
import type { PKI } from './pki.ts';
import { bootstrapRBAC, followRBACPolicy } from './rbac-policy.ts';
import { assembleResources } from './resources.ts';

export interface APIServerOptions {
  readonly config: ServerConfig;
  /** Stays the caller's: it is not closed here. */
  readonly store: Store;
  readonly pki: PKI;
  readonly keyring: Keyring;
  readonly auditSink: AuditSink;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

export interface APIServer {
  /** `https://HOST:PORT` as it really listens. */
  readonly url: string;
  /** Reads the client CA file again; a broken one is logged and the old one stays. */
  reload(): Promise<void>;
  /** Stops accepting, finishes what is in flight (10 s at most), flushes ledger and audit log. */
  close(): Promise<void>;
}

const DRAIN_GRACE_MS = 10_000;

/** Resolves when every request can be served as it will be from then on. @throws ConfigError, FaultError */
export async function startAPIServer(options: APIServerOptions): Promise<APIServer> {
  const { config, store, pki, keyring, auditSink, clock, random, log } = options;
  const registryDeps = { store, clock, random, log };
  const registry = newRegistry(registryDeps);
  if (!signsWhatItVerifies(keyring.snapshot))
    log.warn(
      'the public half of the signing key is not among the verification keys: this server refuses its own tokens',
    );
  const metrics = new Metrics({ processMetrics: config.command === 'server' });
  watchAudit(metrics, () => auditSink.counts);

  let entrance: RequestListener = refuseForNow;
  const listener = await listen({
    host: config.listen.host,
    port: config.listen.port,
    tls: pki.servingMaterial(),
    handler: (request, response, connection) => entrance(request, response, connection),
    http1Only: config.http1Only,
    clock,
  }).catch((error: NodeJS.ErrnoException) => {
    throw listenFault(config.listen, error);
  });

  await bootstrapNamespaces(registry);
  await bootstrapRBAC(registry, log);
  const policyIndex = new PolicyIndex();
  const policy = followRBACPolicy(policyIndex, { registry, clock, log });
  const getter = newServiceAccountGetter(registry);
  const [{ authenticator, loopbackToken, clientCAs }] = await Promise.all([
    assembleAuthentication({ config, pki, keys: keyring, getter, metrics, clock, random, log }),
    policy.synced,
  ]);
  const rbac = new RBACAuthorizer(policyIndex);
  const authorizer = newAuthorizer({ modes: config.authorizationMode.filter(isBuilt), rbac });
  const ledger = newLedger(registryDeps);
  const noteUse = (user: UserInfo, { sourceIP, userAgent }: Pick<RequestContext, 'sourceIP' | 'userAgent'>): void => {
    const issued = issuedTokenOf(user);
    if (issued === undefined) return;
    ledger.used(issued.id, { namespace: issued.namespace, sourceIP, userAgent, atMs: clock.nowMs() });
  };
  const resources = assembleResources({
    ...registryDeps,
    config,
    registry,
    authenticator,
    authorizer,
    rbac,
    getter,
    keys: keyring,
    ledger,
    onTokenUsed: noteUse,
  });

  let isDraining = false;
  const handler = newAPIHandler({
    resources,
    admission: newAdmission(admissionPlugins({ namespaces: registry.reader<Namespace>('namespaces') })),
    authorizer,
    openapi: newOpenAPI(groupVersionKeys(resources)),
    documents: newDiscoveryDocuments(discoveryOptions(config, listener), keyring, log),
    metrics,
    health: healthChecks(store, () => isDraining),
    version: versionInfo(VERSION, `${process.platform}/${process.arch}`, process.versions.node),
    serverAddress: hostAndPort(listener),
    clock,
    random,
    log,
  });
  entrance = newHandlerChain(
    {
      authenticator,
      apiAudiences: config.apiAudiences,
      authorizer,
      onAuthenticated: (request) => noteUse(request.user, request),
      audit: newAuditRecorder({ sink: auditSink, policy: DEFAULT_AUDIT_POLICY, clock, log }),
      metrics: chainMetrics(metrics, handler.serves),
      limits: DEFAULT_CHAIN_LIMITS,
      clock,
      random,
      log,
    },
    handler.handle,
  );
  metrics.watch('apiserver_longrunning_requests', handler.watches, 'WATCH');
  const url = `https://${hostAndPort(listener)}`;
  pki.onRenewed((material) => listener.reload(material));
  const compactor = startCompactor({ store, clock, log });
  const fetcher = newFetcher({
    clock,
    ca: pki.caPEM,
    serverName: 'localhost',
    timeoutMs: 30_000,
    maxResponseBytes: 2 ** 28,
  });
  const client = newKubeClient({
    baseURL: url,
    fetch: fetcher.fetch,
    token: () => loopbackToken,
    userAgent: `mayfly-controllers/${VERSION}`,
  });
  const controllers = [
    startNamespaceController({ client, clock, log }),
    startClusterRoleAggregationController({ client, clock, log }),
  ];

  return {
    url,
    reload: () => clientCAs.refresh(),
    async close() {
      isDraining = true;
      await Promise.all(controllers.map((controller) => controller.stop()));
      fetcher.close();
      handler.endWatches();
      await listener.drain(DRAIN_GRACE_MS);
      await policy.stop();
      await compactor.stop();
      await ledger.flush();
      await auditSink.close();
    },
  };
}

/** The port is bound before anything is made, so that a taken one costs nothing; nobody is served until all is there. */
const refuseForNow: RequestListener = (_request, response) => {
  response.statusCode = 503;
  response.setHeader('Retry-After', '1');
  response.end();
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

function healthChecks(store: Store, isDraining: () => boolean): HealthChecks {
  const etcd: HealthCheck = {
    name: 'etcd',
    check: async () => void (await store.range({ key: '/registry/health' })),
  };
  const shutdown: HealthCheck = {
    name: 'shutdown',
    check() {
      if (isDraining()) throw new Error('process is shutting down');
    },
  };
  return { livez: [etcd], readyz: [etcd, shutdown] };
}

function groupVersionKeys(resources: readonly ResourceStorage[]): readonly string[] {
  const keys = resources.map(
    ({ definition }) => `${definition.group === '' ? 'api' : 'apis'}/${apiVersionOf(definition)}`,
  );
  return [...new Set(keys)];
}

/** The Node authorizer arrives with the node agent; until then it would have no opinion on anything. */
function isBuilt(mode: string): boolean {
  return mode !== 'Node';
}
