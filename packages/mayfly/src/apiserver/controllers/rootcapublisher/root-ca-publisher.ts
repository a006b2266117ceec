/**
 * Keeps a ConfigMap `kube-root-ca.crt` in every active namespace, so that pods can tell this server from an impostor.
 *
 * What is written into it by others is put back: a CA that anybody with rights on ConfigMaps could add would let them
 * stand between pods and the server. Nothing secret is in it.
 *
 * @see kubernetes/kubernetes pkg/controller/certificates/rootcacertpublisher/publisher.go; spec service-account-tokens §9.3
 */
import { isDeepStrictEqual } from 'node:util';
import { type ConfigMap, ROOT_CA_CONFIG_MAP } from '@mayfly/api/core/v1/config-map';
import { StatusError } from '@mayfly/api/meta/v1/status-error';
import type { KubeClient, Resource } from '@mayfly/sdk/kube/client';
import {
  type EveryNamespaceController,
  isNamespaceGone,
  type NamespacedControllerDeps,
  startInEveryNamespace,
} from '../every-namespace.ts';

export interface RootCAPublisherDeps extends NamespacedControllerDeps {
  /** PEM of what verifies this server's certificate, as it is now. */
  readonly caBundle: () => string;
  /** Told of each look at a namespace. `code` is 200, or the code of the refusal that ended it. */
  readonly synced: (code: string, durationSeconds: number) => void;
}

const CONFIG_MAPS: Resource = { group: '', version: 'v1', resource: 'configmaps' };
const KEY = 'ca.crt';
const DESCRIPTION_ANNOTATION = 'kubernetes.io/description';
const DESCRIPTION =
  'Contains a CA bundle that can be used to verify the kube-apiserver when using internal endpoints such as the internal service IP or kubernetes.default.svc. No other usage is guaranteed across distributions of Kubernetes clusters.';

export function startRootCAPublisher(deps: RootCAPublisherDeps): EveryNamespaceController {
  const { client, clock, caBundle, synced } = deps;
  return startInEveryNamespace<ConfigMap>(deps, {
    resource: CONFIG_MAPS,
    name: ROOT_CA_CONFIG_MAP,
    async sync(namespace, found) {
      const startMs = clock.monotonicMs();
      const done = (code: string) => synced(code, (clock.monotonicMs() - startMs) / 1000);
      try {
        const data = { [KEY]: caBundle() };
        await (found === undefined ? create(client, namespace, data) : restore(client, found, data));
        done('200');
      } catch (error) {
        done(codeOf(error));
        throw error;
      }
    },
  });
}

async function create(client: KubeClient, namespace: string, data: Record<string, string>): Promise<void> {
  const annotations = { [DESCRIPTION_ANNOTATION]: DESCRIPTION };
  const configMap: ConfigMap = { metadata: { name: ROOT_CA_CONFIG_MAP, namespace, annotations }, data };
  await client.create(CONFIG_MAPS, configMap);
}

/** Somebody's own description stays while the data is right; what has to be written is written whole, as upstream does. */
async function restore(client: KubeClient, found: ConfigMap, data: Record<string, string>): Promise<void> {
  const { annotations = {} } = found.metadata ?? {};
  const isDescribed = (annotations[DESCRIPTION_ANNOTATION] ?? '') !== '';
  if (isDescribed && isDeepStrictEqual({ ...found.data }, data)) return;
  const described = { ...annotations, [DESCRIPTION_ANNOTATION]: DESCRIPTION };
  await client.update(CONFIG_MAPS, { ...found, metadata: { ...found.metadata, annotations: described }, data });
}

/** A namespace that went meanwhile is no failure. @see upstream metrics.go, recordMetrics */
function codeOf(error: unknown): string {
  if (isNamespaceGone(error)) return '200';
  return error instanceof StatusError ? String(error.code) : '500';
}
