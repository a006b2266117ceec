/** Everything that follows the revocations: enforcement, settling, status lists, and the figures about them. */
import type { ServerConfig } from '../../config/config.ts';
import type { Metrics } from '../../metrics/metrics.ts';
import type { StatusListSource } from '../endpoints/status-lists.ts';
import { LedgerLeases } from '../registry/issuedtoken/leases.ts';
import type { RegistryDeps } from '../registry/registry.ts';
import type { StatusEntries } from '../registry/serviceaccount/status-entry.ts';
import { Revocations } from '../registry/tokenrevocation/revocations.ts';
import { Settler } from '../registry/tokenrevocation/settler.ts';
import { StatusListEntries } from '../registry/tokenstatuslist/entries.ts';
import { StatusLists } from '../registry/tokenstatuslist/lists.ts';
import { StatusListPublisher } from '../registry/tokenstatuslist/publisher.ts';
import type { KeySource } from '../serviceaccount/keyring.ts';
import { statusListBase } from '../serviceaccount/statuslist/uri.ts';

export interface RevocationOptions extends RegistryDeps {
  readonly config: Pick<ServerConfig, 'serviceAccountIssuer' | 'serviceAccountStatusListURI'>;
  /** Undefined: an external signer signs, and it signs nothing but tokens. */
  readonly listKeys: KeySource | undefined;
}

export interface RevocationParts {
  readonly revocations: Revocations;
  /** Undefined: relying parties could not fetch them, or nothing signs them. */
  readonly statusLists: (StatusEntries & StatusListSource) | undefined;
  stop(): Promise<void>;
}

export function openRevocations(options: RevocationOptions, metrics: Metrics): RevocationParts {
  const leases = new LedgerLeases(options);
  const entries = new StatusListEntries();
  const settler = new Settler({ ...options, leases });
  const revocations = new Revocations({ ...options, sinks: [entries, settler] });
  metrics.watch('mayfly_token_revocations', () => revocations.size);
  metrics.watch('mayfly_token_revocations_behind_seconds', () => revocations.behindMs() / 1000);
  return {
    revocations,
    statusLists: openStatusLists(options, new StatusLists({ ...options, leases }), entries),
    async stop() {
      settler.stop();
      await revocations.stop();
    },
  };
}

function openStatusLists(
  { config, listKeys, clock }: RevocationOptions,
  lists: StatusLists,
  entries: StatusListEntries,
): RevocationParts['statusLists'] {
  const base = statusListBase(config.serviceAccountStatusListURI ?? '', config.serviceAccountIssuer[0] ?? '');
  if (base === undefined || listKeys === undefined) return undefined;
  const publisher = new StatusListPublisher({ base, lists, entries, keys: listKeys, clock });
  return {
    take: (expiresAt) => lists.take(expiresAt),
    uriOf: (list) => publisher.uriOf(list),
    uris: () => publisher.uris(),
    find: (list) => publisher.find(list),
  };
}
