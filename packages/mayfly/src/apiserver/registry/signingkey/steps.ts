/** What each step in the life of a key writes. Pure; one transaction each, so that nothing can stop half-way. */
import type { SigningKey as SigningKeyObject, SigningKeyStatus } from '@mayfly/api/identity/v1alpha1/signing-key';
import { formatTime, parseTime } from '@mayfly/api/meta/v1/time';
import type { SigningKey } from '../../../jose/keys.ts';
import type { Random } from '../../../random/random.ts';
import { activeKey, liveKeys, PUBLICATION_MS, RETIREMENT_MARGIN_MS } from '../../serviceaccount/key-rotation.ts';
import type { SigningKeysRoot, SigningKeyWrites } from './records.ts';
import { SIGNING_KEY_DEFINITION } from './strategy.ts';

/** A new object around a key. */
export function newSigningKeyObject(
  { kid, alg, publicKey }: SigningKey,
  status: SigningKeyStatus,
  random: Random,
): SigningKeyObject {
  const { group, version, kind } = SIGNING_KEY_DEFINITION;
  return {
    kind,
    apiVersion: `${group}/${version}`,
    metadata: { name: kid, uid: random.uuid(), creationTimestamp: status.announcedAt },
    spec: { algorithm: alg, publicKey: publicKey.export({ type: 'spki', format: 'pem' }).toString() },
    status,
  };
}

/** The state of a key that signs as soon as it is there. */
export function activeNow(nowMs: number): SigningKeyStatus {
  const now = formatTime(nowMs);
  return { state: 'Active', announcedAt: now, activateAt: now, activatedAt: now };
}

/** Published from now on; signs when every cache of the key set has run out. */
export function announced(nowMs: number): SigningKeyStatus {
  const activateAt = formatTime(Math.ceil(nowMs / 1000) * 1000 + PUBLICATION_MS);
  return { state: 'Announced', announcedAt: formatTime(nowMs), activateAt };
}

/** The announced key signs, the active one only verifies. Its private half is nothing anybody needs any more. */
export function activation(
  root: SigningKeysRoot,
  keys: readonly SigningKeyObject[],
  next: SigningKeyObject,
  nowMs: number,
): SigningKeyWrites {
  const old = activeKey(keys);
  const put = [
    withStatus(next, { state: 'Active', activatedAt: formatTime(nowMs) }),
    ...(old === undefined ? [] : [verifyingOnly(old, nowMs)]),
  ];
  return { root, put, removePrivate: old === undefined ? [] : [nameOf(old)] };
}

/** @returns the key until the last of its tokens has ended, and a margin */
export function verifyingOnly(key: SigningKeyObject, nowMs: number): SigningKeyObject {
  const lastMs = parseTime(key.status.tokensExpireBy ?? '') ?? 0;
  const verifyUntil = formatTime(Math.ceil(Math.max(nowMs, lastMs) / 1000) * 1000 + RETIREMENT_MARGIN_MS);
  return withStatus(key, { state: 'Verifying', deactivatedAt: formatTime(nowMs), verifyUntil });
}

export function retirement(root: SigningKeysRoot, key: SigningKeyObject, nowMs: number): SigningKeyWrites {
  return { root, put: [retired(key, 'Expired', nowMs)], removePrivate: [nameOf(key)] };
}

/** A new key signs now; every other stops verifying now, whatever it has signed. */
export function compromise(
  root: SigningKeysRoot,
  keys: readonly SigningKeyObject[],
  next: { readonly key: SigningKey; readonly object: SigningKeyObject },
  nowMs: number,
): SigningKeyWrites {
  const ended = liveKeys(keys);
  return {
    root,
    put: [next.object, ...ended.map((key) => retired(key, 'Compromised', nowMs))],
    putPrivate: [next.key],
    removePrivate: ended.filter(({ status }) => status.state !== 'Verifying').map(nameOf), // the others have none
  };
}

function retired(
  key: SigningKeyObject,
  retiredBecause: NonNullable<SigningKeyStatus['retiredBecause']>,
  nowMs: number,
): SigningKeyObject {
  return withStatus(key, { state: 'Retired', retiredAt: formatTime(nowMs), retiredBecause });
}

/** A copy: stored objects are shared. */
export function withStatus(key: SigningKeyObject, changes: Partial<SigningKeyStatus>): SigningKeyObject {
  return { ...key, status: { ...key.status, ...changes } };
}

export function nameOf({ metadata }: SigningKeyObject): string {
  return metadata?.name ?? '';
}
