/** What runs beside the requests: controllers, which are clients of the server itself, and compaction. */
import type { Namespace } from '@mayfly/api/core/v1/namespace';
import { type KubeClient, newKubeClient } from '@mayfly/sdk/kube/client';
import type { Clock } from '../../clock/clock.ts';
import { type ControllerName, isControllerEnabled } from '../../config/controllers.ts';
import { newFetcher } from '../../httpclient/fetch.ts';
import type { Log } from '../../log/log.ts';
import type { Metrics } from '../../metrics/metrics.ts';
import { rootCAPublisherObserver } from '../../metrics/observers.ts';
import { startCompactor } from '../../storage/compaction.ts';
import type { Store } from '../../storage/store.ts';
import { VERSION } from '../../version.ts';
import { startClusterRoleAggregationController } from '../controllers/clusterroleaggregation/cluster-role-aggregation.ts';
import type { Controller, ControllerDeps } from '../controllers/controller.ts';
import { NAMESPACES } from '../controllers/every-namespace.ts';
import { startLegacyTokenCleaner } from '../controllers/legacytoken/cleaner.ts';
import { startLastUsedWriter } from '../controllers/legacytoken/last-used.ts';
import { startTokensController } from '../controllers/legacytoken/tokens-controller.ts';
import { startLegacyTokenTracking } from '../controllers/legacytoken/tracking.ts';
import { startNamespaceController } from '../controllers/namespace/namespace-controller.ts';
import { startRootCAPublisher } from '../controllers/rootcapublisher/root-ca-publisher.ts';
import { startServiceAccountController } from '../controllers/serviceaccount/service-account-controller.ts';
import { startSharedInformer } from '../controllers/shared-informer.ts';
import type { LegacyTokenSigner } from '../serviceaccount/legacy/signer.ts';
import type { LegacyTokenUses } from '../serviceaccount/legacy/uses.ts';
import { LOOPBACK_SERVER_NAME } from './pki.ts';

export interface LoopOptions {
  readonly url: string;
  /** PEM of the CA that signed the loopback certificate. */
  readonly caPEM: string;
  readonly loopbackToken: string;
  /** PEM of what verifies the serving certificate, as it is now. */
  readonly rootCA: () => string;
  /** Calls back when that may have changed. */
  readonly onServingRenewed: (listener: () => void) => void;
  /** `--controllers`. */
  readonly controllers: readonly string[];
  readonly metrics: Metrics;
  readonly legacyTokens: LegacyTokenOptions;
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Log;
}

const TIMEOUT_MS = 30_000;
const MAX_RESPONSE_BYTES = 2 ** 28; // a list of a hundred thousand objects

/** What the controllers of tokens that stand in Secrets need. */
export interface LegacyTokenOptions {
  /** Undefined: this server signs nothing, and token Secrets stay empty. */
  readonly signer: LegacyTokenSigner | undefined;
  readonly uses: LegacyTokenUses;
  readonly cleanUpPeriodMs: number;
}

export interface Loops {
  /** Resolves when the namespaces there are at the start hold what belongs into every one, and into kube-system. */
  readonly settled: Promise<unknown>;
  /** Ends them all and waits for the work under way. */
  stop(): Promise<void>;
}

export function startLoops(options: LoopOptions): Loops {
  const { store, clock, log } = options;
  const { client, close } = loopbackClient(options);
  const deps = { client, clock, log };
  const when: When = (name, start) => (isControllerEnabled(options.controllers, name) ? [start()] : []);
  const namespaces = startSharedInformer<Namespace>(NAMESPACES, deps);
  const publisher = { caBundle: options.rootCA, synced: rootCAPublisherObserver(options.metrics) };
  const inEveryNamespace = [
    ...when('serviceaccount-controller', () => startServiceAccountController({ ...deps, namespaces })),
    ...when('root-ca-certificate-publisher-controller', () =>
      startRootCAPublisher({ ...deps, ...publisher, namespaces }),
    ),
  ];
  const tracking = startLegacyTokenTracking(deps);
  options.onServingRenewed(() => {
    for (const controller of inEveryNamespace) controller.resync();
  });
  const loops = [
    namespaces,
    ...inEveryNamespace,
    ...when('namespace-controller', () => startNamespaceController({ ...deps, namespaces })),
    ...when('clusterrole-aggregation-controller', () => startClusterRoleAggregationController(deps)),
    ...legacyTokenLoops(options, deps, when),
    tracking,
    startCompactor({ store, clock, log }),
  ];
  return {
    settled: Promise.all([...inEveryNamespace, tracking].map(({ settled }) => settled)),
    async stop() {
      await Promise.all(loops.map((loop) => loop.stop()));
      close();
    },
  };
}

/** What `start` starts, if the controller is enabled. */
type When = <T>(name: ControllerName, start: () => T) => T[];

/** The label of the last use is the API server's own, so no flag switches its writer off. */
function legacyTokenLoops({ legacyTokens, rootCA }: LoopOptions, deps: ControllerDeps, when: When): Controller[] {
  const { signer, uses, cleanUpPeriodMs } = legacyTokens;
  const filling = { ...deps, rootCA };
  return [
    ...(signer === undefined
      ? []
      : when('serviceaccount-token-controller', () => startTokensController({ ...filling, signer }))),
    ...when('legacy-serviceaccount-token-cleaner-controller', () =>
      startLegacyTokenCleaner({ ...deps, cleanUpPeriodMs }),
    ),
    startLastUsedWriter({ ...deps, uses }),
  ];
}

/** The controllers' way in: over TLS like anybody's, by a name and a credential that never leave the process. */
function loopbackClient({ url, caPEM, loopbackToken, clock }: LoopOptions): { client: KubeClient; close(): void } {
  const fetcher = newFetcher({
    clock,
    ca: caPEM,
    serverName: LOOPBACK_SERVER_NAME,
    timeoutMs: TIMEOUT_MS,
    maxResponseBytes: MAX_RESPONSE_BYTES,
  });
  const client = newKubeClient({
    baseURL: url,
    fetch: fetcher.fetch,
    token: () => loopbackToken,
    userAgent: `mayfly-controllers/${VERSION}`,
  });
  return { client, close: () => fetcher.close() };
}
