/**
 * What a row says after uses of its token: the last one, where it was seen, and whether it should have been renewed.
 *
 * Pure. Several servers add to one row, each what it saw, in no order of time.
 */
import type {
  IssuedToken,
  IssuedTokenSighting,
  IssuedTokenStaleUse,
  IssuedTokenStatus,
  IssuedTokenUse,
} from '@mayfly/api/identity/v1alpha1/issued-token';
import { MAX_SIGHTINGS } from './noted-uses.ts';

/** @param uses of this token, at least one. Times are RFC 3339 in UTC with whole seconds, which sort as text */
export function statusAfter({ spec, status = {} }: IssuedToken, uses: readonly IssuedTokenUse[]): IssuedTokenStatus {
  const stale = staleUses(spec, uses).reduce(addStale, status.stale);
  return {
    lastUsed: uses.reduce(later, status.lastUsed ?? (uses[0] as IssuedTokenUse)),
    seen: uses.reduce(addSighting, status.seen ?? []),
    ...(stale && { stale }),
  };
}

/** Those after the moment at which the token should have been renewed. */
export function staleUses(
  { warnAfterTimestamp }: IssuedToken['spec'],
  uses: readonly IssuedTokenUse[],
): readonly IssuedTokenUse[] {
  return warnAfterTimestamp === undefined ? [] : uses.filter(({ time }) => time > warnAfterTimestamp);
}

function later(a: IssuedTokenUse, b: IssuedTokenUse): IssuedTokenUse {
  return b.time > a.time ? b : a;
}

/** Latest first; the one that was not seen for the longest time gives way. */
function addSighting(seen: readonly IssuedTokenSighting[], { time, ...by }: IssuedTokenUse): IssuedTokenSighting[] {
  const known = seen.find((each) => isSame(each, by));
  const firstSeen = known !== undefined && known.firstSeen < time ? known.firstSeen : time;
  const lastSeen = known !== undefined && known.lastSeen > time ? known.lastSeen : time;
  return [{ ...by, firstSeen, lastSeen }, ...seen.filter((each) => each !== known)]
    .sort((a, b) => (a.lastSeen < b.lastSeen ? 1 : a.lastSeen > b.lastSeen ? -1 : 0))
    .slice(0, MAX_SIGHTINGS);
}

function isSame(a: Omit<IssuedTokenUse, 'time'>, b: Omit<IssuedTokenUse, 'time'>): boolean {
  return a.sourceIP === b.sourceIP && a.userAgent === b.userAgent && a.reviewedBy === b.reviewedBy;
}

function addStale(known: IssuedTokenStaleUse | undefined, { time, ...by }: IssuedTokenUse): IssuedTokenStaleUse {
  if (known === undefined) return { count: 1, firstSeen: time, lastSeen: time, ...by };
  const count = known.count + 1;
  if (time < known.lastSeen) return { ...known, count, firstSeen: time < known.firstSeen ? time : known.firstSeen };
  return { count, firstSeen: known.firstSeen, lastSeen: time, ...by };
}
