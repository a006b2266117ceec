/**
 * When a signing key is announced, signs, stops verifying and is forgotten. Pure: all state and all times come in.
 *
 * A key must be known everywhere before it signs. Relying parties may keep the key set for an hour, other servers over the
 * store learn of a change within a moment; so a key is published for an hour and a margin first. And a key must verify
 * until the last token it signed has ended, which is bounded by `tokensExpireBy` before each token leaves.
 *
 * Only `panic` breaks these rules: a new key signs at once, and every other is refused at once.
 *
 * @see spec service-account-tokens §2.6, §12; docs/adr/0008-keys-rotate-in-the-store.md
 */
import type { SigningKey } from '@mayfly/api/identity/v1alpha1/signing-key';
import { parseTime } from '@mayfly/api/meta/v1/time';
import { KEY_SET_MAX_AGE_SECONDS } from './discovery.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

/** On top of what caches may keep the key set: clocks that differ, a server that is late to hear of the key. */
const PUBLICATION_MARGIN_MS = 5 * MINUTE_MS;

/** From announcement to the first signature. */
export const PUBLICATION_MS = KEY_SET_MAX_AGE_SECONDS * 1000 + PUBLICATION_MARGIN_MS;

/** A key verifies for this much longer than its tokens live: leeway (a minute), token caches, clocks that differ. */
export const RETIREMENT_MARGIN_MS = 10 * MINUTE_MS;

/** A retired key stays listed for this long, so that an old `kid` in a log can be explained. */
export const RETIRED_SHOWN_MS = 90 * DAY_MS;

/** Keys that are not retired. Each is in every key set; one transaction must be able to end them all. */
export const MAX_LIVE_KEYS = 100;

export interface RotationRules {
  /** `--service-account-key-rotation`; 0: keys rotate only when told to. */
  readonly intervalMs: number;
  /** An algorithm that was asked for and is still to be introduced. */
  readonly wantedAlgorithm: string | undefined;
  /** Since when a key has certainly been published. */
  publishedSinceMs(key: SigningKey): number;
  /** Whether a Secret may hold a token of the key. */
  mayHoldLegacyTokens(kid: string): boolean;
}

export type RotationStep =
  | { readonly step: 'none' }
  | { readonly step: 'announce'; readonly algorithm: string; readonly reason: 'schedule' | 'algorithm' }
  | { readonly step: 'activate'; readonly key: SigningKey }
  | { readonly step: 'retire'; readonly key: SigningKey }
  | { readonly step: 'forget'; readonly key: SigningKey };

/**
 * Says what is to be done now, one step at a time.
 *
 * @param nowMs a time that is rather too early than too late (`CautiousTime`): too late would end keys before their time
 */
export function nextStep(keys: readonly SigningKey[], rules: RotationRules, nowMs: number): RotationStep {
  for (const key of keys) {
    const { state } = key.status;
    if (state === 'Announced' && nowMs >= rules.publishedSinceMs(key) + PUBLICATION_MS)
      return { step: 'activate', key };
    if (state === 'Verifying' && isSpent(key, rules, nowMs)) return { step: 'retire', key };
    if (state === 'Retired' && nowMs >= timeOf(key.status.retiredAt) + RETIRED_SHOWN_MS) return { step: 'forget', key };
  }
  return announcement(keys, rules, nowMs);
}

/** None of its tokens lives: time has ended the bound ones, and no Secret holds another. */
export function isSpent(key: SigningKey, rules: Pick<RotationRules, 'mayHoldLegacyTokens'>, nowMs: number): boolean {
  if (nowMs < timeOf(key.status.verifyUntil)) return false;
  return key.status.signedLegacyTokens !== true || !rules.mayHoldLegacyTokens(key.metadata?.name ?? '');
}

function announcement(keys: readonly SigningKey[], rules: RotationRules, nowMs: number): RotationStep {
  const active = activeKey(keys);
  if (active === undefined || announcedKey(keys) !== undefined || liveKeys(keys).length >= MAX_LIVE_KEYS)
    return { step: 'none' };
  const { wantedAlgorithm, intervalMs } = rules;
  if (wantedAlgorithm !== undefined && wantedAlgorithm !== active.spec.algorithm)
    return { step: 'announce', algorithm: wantedAlgorithm, reason: 'algorithm' };
  if (intervalMs === 0 || nowMs < timeOf(active.status.activatedAt) + intervalMs - PUBLICATION_MS)
    return { step: 'none' };
  return { step: 'announce', algorithm: active.spec.algorithm, reason: 'schedule' };
}

/** When the next key is to sign, as far as it is known. Epoch milliseconds. */
export function nextRotationMs(keys: readonly SigningKey[], intervalMs: number): number | undefined {
  const announced = announcedKey(keys);
  if (announced !== undefined) return timeOf(announced.status.activateAt);
  const active = activeKey(keys);
  return active === undefined || intervalMs === 0 ? undefined : timeOf(active.status.activatedAt) + intervalMs;
}

export function activeKey(keys: readonly SigningKey[]): SigningKey | undefined {
  return keys.find(({ status }) => status.state === 'Active');
}

export function announcedKey(keys: readonly SigningKey[]): SigningKey | undefined {
  return keys.find(({ status }) => status.state === 'Announced');
}

/** Those that verify. */
export function liveKeys(keys: readonly SigningKey[]): readonly SigningKey[] {
  return keys.filter(({ status }) => status.state !== 'Retired');
}

/** A time that is missing never comes: nothing ends, and nothing starts to sign, for want of a field. */
function timeOf(text: string | undefined): number {
  return (text === undefined ? undefined : parseTime(text)) ?? Number.POSITIVE_INFINITY;
}
