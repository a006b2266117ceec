/**
 * The signing keys as a JWK Set, and back: so that an issuer outlives the data directory it had.
 *
 * Keys that sign or will sign come with their private halves, keys that only verify without: nothing has theirs any more.
 * What a JWK cannot say of a key's life stands in a member of our own, which others ignore (RFC 7517 §5).
 */
import { createPrivateKey, createPublicKey, type webcrypto } from 'node:crypto';
import type { SigningKey as SigningKeyObject, SigningKeyStatus } from '@mayfly/api/identity/v1alpha1/signing-key';
import { formatTime, parseTime } from '@mayfly/api/meta/v1/time';
import { isJSONObject, parseJSONObject } from '@mayfly/sdk/verify/strict-json';
import type { Clock } from '../../../clock/clock.ts';
import { publicJWK } from '../../../jose/jwk.ts';
import { newSigningKey, newVerificationKey, type SigningKey, type VerificationKey } from '../../../jose/keys.ts';
import type { Random } from '../../../random/random.ts';
import type { Store } from '../../../storage/store.ts';
import { activeKey, liveKeys, MAX_LIVE_KEYS } from '../../serviceaccount/key-rotation.ts';
import { readPrivateKey } from './private-keys.ts';
import { readSigningKeys, type SigningKeyRecords, writeSigningKeys } from './records.ts';
import { nameOf, newSigningKeyObject, verifyingOnly } from './steps.ts';

/** Media type, as `cty` of what encrypts it. @see RFC 7517 §8.5.2 */
export const KEY_SET_CONTENT_TYPE = 'jwk-set+json';

/** The member that tells the life of a key. */
const LIFE = 'identity.mayfly.dev/status';
/** The member of the set that tells which algorithm was asked for last, so that the same is not taken for a wish. */
const CONFIGURED = 'identity.mayfly.dev/configuredAlgorithm';

/** A file of keys that cannot be taken over, or a store that has none; one line, with nothing of a key in it. */
export class KeyTransferError extends Error {
  override readonly name = 'KeyTransferError';
}

/** A key in a set, for telling an operator. */
export interface TransferredKey {
  readonly kid: string;
  readonly state: SigningKeyStatus['state'];
}

export interface ExportedKeys {
  /** JSON. It holds private keys. */
  readonly keySet: string;
  readonly keys: readonly TransferredKey[];
}

/** All keys that verify. @throws KeyTransferError when there are none, StorageError, Error when a private half is damaged */
export async function exportKeys(store: Store): Promise<ExportedKeys> {
  const records = await readSigningKeys(store);
  const objects = liveKeys(records.objects);
  if (objects.length === 0) throw new KeyTransferError('there are no signing keys: no server has run there yet');
  const keys = objects.map((object) => ({ ...jwkOf(object, records), [LIFE]: object.status }));
  return {
    keySet: JSON.stringify({ keys, [CONFIGURED]: records.root?.configuredAlgorithm }),
    keys: objects.map((object) => ({ kid: nameOf(object), state: object.status.state })),
  };
}

function jwkOf(object: SigningKeyObject, { privateKeys }: SigningKeyRecords): object {
  const publicHalf = publicJWK(newVerificationKey(createPublicKey(object.spec.publicKey)));
  if (object.status.state === 'Verifying') return publicHalf;
  const record = privateKeys.get(nameOf(object));
  if (record === undefined) throw new KeyTransferError(`the private half of key "${nameOf(object)}" is missing`);
  return { ...publicHalf, ...readPrivateKey(record).privateKey.export({ format: 'jwk' }) };
}

export interface ImportDeps {
  readonly store: Store;
  readonly clock: Clock;
  readonly random: Random;
}

export interface ImportedKeys {
  /** In the state they have now. */
  readonly imported: readonly TransferredKey[];
  /** Keys that were there already, and were left alone. */
  readonly present: number;
}

/**
 * Puts keys into a store, in one transaction. Where the store has none they go on as they were; where a key signs already
 * it goes on signing, and those that come only verify. A second time does nothing.
 *
 * @throws KeyTransferError when the set cannot be taken over, and then nothing is written; StorageError
 */
export async function importKeys(keySet: string, { store, clock, random }: ImportDeps): Promise<ImportedKeys> {
  const { keys: all, configuredAlgorithm } = parseKeySet(keySet);
  for (;;) {
    const records = await readSigningKeys(store);
    const known = new Set(records.objects.map(nameOf));
    const fresh = all.filter(({ key }) => !known.has(key.kid));
    const present = all.length - fresh.length;
    if (fresh.length === 0) return { imported: [], present };
    const signs = activeKey(records.objects) === undefined;
    if (signs && activeOf(fresh) === undefined) throw new KeyTransferError('none of the keys signs');
    if (liveKeys(records.objects).length + fresh.length > MAX_LIVE_KEYS) throw new KeyTransferError('too many keys');
    const put = fresh.map((key) => objectOf(key, signs, clock.nowMs(), random));
    const putPrivate = signs ? fresh.flatMap(({ privateHalf }) => privateHalf ?? []) : [];
    const root = records.root ?? { version: 1, configuredAlgorithm };
    if (await writeSigningKeys(store, records, { root, put, putPrivate })) {
      return { imported: put.map((object) => ({ kid: nameOf(object), state: object.status.state })), present };
    }
  }
}

interface ParsedKey {
  readonly key: VerificationKey;
  readonly privateHalf: SigningKey | undefined;
  readonly status: SigningKeyStatus;
}

function activeOf(keys: readonly ParsedKey[]): ParsedKey | undefined {
  return keys.find(({ status }) => status.state === 'Active');
}

/** The longest life a token is given without being asked for: what pods mount. */
const YEAR_MS = 365 * 24 * 60 * 60 * 1000;

/**
 * A key that may have signed after it was exported is needed for as long as what it signed, which nobody here knows. So it
 * is kept for a year at least.
 */
function objectOf({ key, status }: ParsedKey, signs: boolean, nowMs: number, random: Random): SigningKeyObject {
  if (status.state === 'Verifying') return newSigningKeyObject(key, status, random);
  const lastMs = Math.max(parseTime(status.tokensExpireBy ?? '') ?? 0, nowMs + YEAR_MS);
  const object = newSigningKeyObject(key, { ...status, tokensExpireBy: formatTime(lastMs) }, random);
  return signs ? object : verifyingOnly(object, nowMs);
}

interface ParsedKeySet {
  readonly keys: readonly ParsedKey[];
  readonly configuredAlgorithm: string;
}

function parseKeySet(keySet: string): ParsedKeySet {
  const parsed = parseJSONObject(Buffer.from(keySet));
  const { keys, [CONFIGURED]: configured } = parsed.ok ? parsed.value : {};
  if (!Array.isArray(keys) || keys.length === 0) throw new KeyTransferError('it holds no key set');
  const all = keys.map(parseKey);
  const names = new Set(all.map(({ key }) => key.kid));
  const signing = all.filter(({ status }) => status.state === 'Active');
  if (names.size !== all.length || signing.length > 1) throw new KeyTransferError('its keys contradict each other');
  const algorithm = all.map(({ key }) => key.alg).find((alg) => alg === configured) ?? signing[0]?.key.alg ?? '';
  return { keys: all, configuredAlgorithm: algorithm };
}

function parseKey(jwk: unknown): ParsedKey {
  const status = isJSONObject(jwk) ? jwk[LIFE] : undefined;
  if (!isJSONObject(jwk) || !isStatus(status)) throw new KeyTransferError('it holds a key without a known life');
  const signs = status.state !== 'Verifying';
  const { key, privateHalf } = readJWK(jwk, signs);
  if (key.kid !== jwk.kid) throw new KeyTransferError('it holds a key under the name of another');
  return { key, privateHalf, status };
}

const TIMES = ['activateAt', 'activatedAt', 'deactivatedAt', 'tokensExpireBy', 'verifyUntil'] as const;

function isStatus(value: unknown): value is SigningKeyStatus {
  if (!isJSONObject(value) || !['Announced', 'Active', 'Verifying'].includes(String(value.state))) return false;
  const isTime = (text: unknown): boolean => typeof text === 'string' && parseTime(text) !== undefined;
  return isTime(value.announcedAt) && TIMES.every((name) => value[name] === undefined || isTime(value[name]));
}

function readJWK(jwk: object, hasPrivateHalf: boolean): Pick<ParsedKey, 'key' | 'privateHalf'> {
  try {
    const source = { key: jwk as webcrypto.JsonWebKey, format: 'jwk' } as const;
    if (!hasPrivateHalf) return { key: newVerificationKey(createPublicKey(source)), privateHalf: undefined };
    const key = newSigningKey(createPrivateKey(source));
    return { key, privateHalf: key };
  } catch {
    throw new KeyTransferError('it holds a key that cannot be used'); // the cause may quote it
  }
}
