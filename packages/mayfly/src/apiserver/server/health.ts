import type { Store } from '../../storage/store.ts';
import type { HealthCheck, HealthChecks } from '../endpoints/health.ts';

/** `/livez` asks the store; `/readyz` also says no when revocations may be missed, and as soon as the server begins to end. */
export function newHealthChecks(
  store: Store,
  isDraining: () => boolean,
  revocations: { requireInStep(): void },
): HealthChecks {
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
  const tokenRevocations: HealthCheck = {
    name: 'token-revocations', // a server that may have missed one soon lets no token in
    check: () => revocations.requireInStep(),
  };
  return { livez: [etcd], readyz: [etcd, shutdown, tokenRevocations] };
}
