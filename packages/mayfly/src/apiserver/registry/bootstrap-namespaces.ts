import type { Namespace } from '@mayfly/api/core/v1/namespace';
import { StatusError } from '@mayfly/api/meta/v1/status-error';
import type { Registry } from './registry.ts';
import { systemContext } from './system-context.ts';

/** The namespaces every cluster has. @see kubernetes/kubernetes pkg/controlplane/controller/systemnamespaces */
export const SYSTEM_NAMESPACES: readonly string[] = ['default', 'kube-system', 'kube-public', 'kube-node-lease'];

/** Creates those that are missing. To be called before the first request is served. */
export async function bootstrapNamespaces(registry: Registry): Promise<void> {
  const namespaces = registry.reader<Namespace>('namespaces');
  for (const name of SYSTEM_NAMESPACES) {
    if ((await namespaces.get('', name)) === undefined) await createNamespace(registry, name);
  }
}

async function createNamespace(registry: Registry, name: string): Promise<void> {
  const options = { dryRun: false, validate: async () => undefined };
  try {
    await registry.resource('namespaces').create?.(systemContext(), { metadata: { name } }, options);
  } catch (error) {
    if (!(error instanceof StatusError && error.reason === 'AlreadyExists')) throw error; // another server was first
  }
}
