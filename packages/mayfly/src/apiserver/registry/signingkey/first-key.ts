/**
 * The first key of a store: made, or taken over from the files an earlier release kept. It signs at once, since nobody has
 * yet fetched a key set without it.
 */
import type { SigningKeyStatus } from '@mayfly/api/identity/v1alpha1/signing-key';
import { formatTime } from '@mayfly/api/meta/v1/time';
import type { Clock } from '../../../clock/clock.ts';
import type { SigningAlgorithm } from '../../../jose/algorithms.ts';
import type { SigningKey } from '../../../jose/keys.ts';
import type { Random } from '../../../random/random.ts';
import type { Store } from '../../../storage/store.ts';
import { activeKey } from '../../serviceaccount/key-rotation.ts';
import { lastExpirations } from '../issuedtoken/last-expirations.ts';
import { readSigningKeys, type SigningKeyWrites, writeSigningKeys } from './records.ts';
import { activeNow, newSigningKeyObject, verifyingOnly } from './steps.ts';

export interface FirstKeyDeps {
  readonly store: Store;
  readonly clock: Clock;
  readonly random: Random;
  readonly algorithm: SigningAlgorithm;
  /** Oldest first. Looked at only when the store holds no key. */
  readonly earlierKeys: () => Promise<readonly SigningKey[]>;
  readonly generateKey: (algorithm: SigningAlgorithm) => Promise<SigningKey>;
}

/** Sees to it that the store has an active key. @throws StorageError, and whatever making or reading keys throws */
export async function ensureActiveKey(deps: FirstKeyDeps): Promise<void> {
  for (;;) {
    const records = await readSigningKeys(deps.store);
    if (activeKey(records.objects) !== undefined) return;
    const isNew = records.root === undefined;
    const earlier = isNew ? await deps.earlierKeys() : [];
    const writes = earlier.length > 0 ? await takenOver(earlier, deps) : await made(deps);
    if (await writeSigningKeys(deps.store, records, writes)) return; // else another server was first: read its key
  }
}

async function made({ algorithm, generateKey, clock, random }: FirstKeyDeps): Promise<SigningKeyWrites> {
  const key = await generateKey(algorithm);
  return {
    root: { version: 1, configuredAlgorithm: algorithm },
    put: [newSigningKeyObject(key, activeNow(clock.nowMs()), random)],
    putPrivate: [key],
  };
}

/**
 * The newest of the wanted algorithm signs, else the newest; a rotation then introduces the algorithm. How long the others
 * are needed, the ledger knows; which of them legacy tokens need, the Secrets will be asked when the time comes.
 */
async function takenOver(
  earlier: readonly SigningKey[],
  { store, algorithm, clock, random }: FirstKeyDeps,
): Promise<SigningKeyWrites> {
  const active = earlier.findLast(({ alg }) => alg === algorithm) ?? earlier.at(-1);
  const ends = await lastExpirations(store);
  const nowMs = clock.nowMs();
  const put = [...new Map(earlier.map((key) => [key.kid, key])).values()].map((key) => {
    const endMs = ends.get(key.kid);
    const status: SigningKeyStatus = {
      ...activeNow(nowMs),
      signedLegacyTokens: true,
      ...(endMs !== undefined && { tokensExpireBy: formatTime(endMs) }),
    };
    const object = newSigningKeyObject(key, status, random);
    return key.kid === active?.kid ? object : verifyingOnly(object, nowMs);
  });
  const configuredAlgorithm = active?.alg ?? algorithm;
  return { root: { version: 1, configuredAlgorithm }, put, putPrivate: active === undefined ? [] : [active] };
}
