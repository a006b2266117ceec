import { parseTime } from '@mayfly/api/meta/v1/time';
import type { LeaseID } from '../../../storage/store.ts';
import type { LedgerLeases } from '../issuedtoken/leases.ts';

/**
 * How much longer a revocation lives than the tokens it ended. Leases run on a clock that never steps, tokens on one that
 * may: set back by less than this, it revives none.
 */
const OUTLIVES_SECONDS = 3600;

/** @param expirationTimestamp   of the last token */
export function leaseForRevocation(leases: LedgerLeases, expirationTimestamp: string): Promise<LeaseID> {
  return leases.leaseFor((parseTime(expirationTimestamp) ?? 0) / 1000 + OUTLIVES_SECONDS);
}
