/**
 * Empties terminating namespaces, and lets go of them when they are empty.
 *
 * It deletes by kind through the API, so admission, finalizers and graceful ends hold as for any client; it looks again
 * until nothing is left, and only then takes `kubernetes` out of `spec.finalizers`. Namespaces that live are not touched.
 *
 * @see kubernetes/kubernetes pkg/controller/namespace/deletion; spec kubernetes-wire §18
 */
import { isDeepStrictEqual } from 'node:util';
import { KUBERNETES_FINALIZER, type Namespace } from '@mayfly/api/core/v1/namespace';
import { StatusError } from '@mayfly/api/meta/v1/status-error';
import type { KubeClient } from '@mayfly/sdk/kube/client';
import type { Controller } from '../controller.ts';
import { NAMESPACES, type NamespacedControllerDeps } from '../every-namespace.ts';
import { WorkQueue } from '../work-queue.ts';
import { conditionsAfter, type Progress } from './conditions.ts';
import { emptyOf, namespacedResources, type Remainder } from './contents.ts';

export function startNamespaceController({ client, clock, log, namespaces }: NamespacedControllerDeps): Controller {
  const work = (name: string) => finish(client, name, clock.nowMs());
  const failed = (name: string, error: unknown) => log.warn('a namespace was not emptied', { name, error });
  const queue = new WorkQueue({ clock, work, failed });
  namespaces.subscribe({
    changed: ({ metadata }) => {
      if (metadata?.deletionTimestamp !== undefined) queue.add(metadata.name ?? '');
    },
    deleted: () => undefined,
  });
  return queue;
}

/** One attempt. `again`: something is left. */
async function finish(client: KubeClient, name: string, nowMs: number): Promise<'done' | 'again'> {
  const namespace = await present(client, name);
  if (namespace?.metadata?.deletionTimestamp === undefined) return 'done';
  if (!namespace.spec?.finalizers?.includes(KUBERNETES_FINALIZER)) return 'done';
  const progress = await empty(client, name);
  const current = await report(client, namespace, progress, nowMs);
  if (!isEmpty(progress)) return 'again';
  await release(client, current);
  return 'done';
}

async function present(client: KubeClient, name: string): Promise<Namespace | undefined> {
  try {
    return await client.get<Namespace>(NAMESPACES, { name });
  } catch (error) {
    if (error instanceof StatusError && error.reason === 'NotFound') return undefined;
    throw error;
  }
}

async function empty(client: KubeClient, name: string): Promise<Progress> {
  const deletionErrors: string[] = [];
  const remaining: Remainder[] = [];
  try {
    for (const resource of await namespacedResources(client)) {
      try {
        const remainder = await emptyOf(client, resource, name);
        if (remainder.count > 0) remaining.push(remainder);
      } catch (error) {
        deletionErrors.push(textOf(error)); // the other kinds can go
      }
    }
    return { discoveryError: undefined, deletionErrors, remaining };
  } catch (error) {
    return { discoveryError: textOf(error), deletionErrors, remaining };
  }
}

function isEmpty({ discoveryError, deletionErrors, remaining }: Progress): boolean {
  return discoveryError === undefined && deletionErrors.length === 0 && remaining.length === 0;
}

async function report(client: KubeClient, namespace: Namespace, progress: Progress, nowMs: number): Promise<Namespace> {
  const known = namespace.status?.conditions ?? [];
  const conditions = conditionsAfter(known, progress, nowMs);
  if (isDeepStrictEqual(known, conditions)) return namespace;
  return await client.update<Namespace>(
    NAMESPACES,
    { ...namespace, status: { ...namespace.status, conditions } },
    'status',
  );
}

async function release(client: KubeClient, namespace: Namespace): Promise<void> {
  const finalizers = (namespace.spec?.finalizers ?? []).filter((finalizer) => finalizer !== KUBERNETES_FINALIZER);
  await client.update<Namespace>(NAMESPACES, { ...namespace, spec: { ...namespace.spec, finalizers } }, 'finalize');
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
