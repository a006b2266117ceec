/** Everything that follows the revocations: enforcement, settling, and the figures about both. */
import type { Metrics } from '../../metrics/metrics.ts';
import { LedgerLeases } from '../registry/issuedtoken/leases.ts';
import type { RegistryDeps } from '../registry/registry.ts';
import { Revocations } from '../registry/tokenrevocation/revocations.ts';
import { Settler } from '../registry/tokenrevocation/settler.ts';

export interface RevocationParts {
  readonly revocations: Revocations;
  stop(): Promise<void>;
}

export function openRevocations(deps: RegistryDeps, metrics: Metrics): RevocationParts {
  const settler = new Settler({ ...deps, leases: new LedgerLeases(deps) });
  const revocations = new Revocations({ ...deps, sinks: [settler] });
  metrics.watch('mayfly_token_revocations', () => revocations.size);
  metrics.watch('mayfly_token_revocations_behind_seconds', () => revocations.behindMs() / 1000);
  return {
    revocations,
    async stop() {
      settler.stop();
      await revocations.stop();
    },
  };
}
