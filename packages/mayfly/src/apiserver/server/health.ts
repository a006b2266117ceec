import type { Store } from '../../storage/store.ts';
import type { HealthCheck, HealthChecks } from '../endpoints/health.ts';

/** `/livez` asks the store; `/readyz` also says no as soon as the server begins to end. */
export function newHealthChecks(store: Store, isDraining: () => boolean): HealthChecks {
  const etcd: HealthCheck = {
    name: 'etcd', // by the name monitoring knows; the embedded store answers for it
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
