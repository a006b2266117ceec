/**
 * The keyring of a server whose keys are in the store: what it verifies and signs with is what it last read there.
 *
 * It signs only with a private half that it has itself read, and only tokens that end within the bound that the store
 * has for the key (`tokensExpireBy`), which it raises first where need be. A raise fails once the key signs no more. So a
 * server that is late to hear of a rotation does no harm: what it still signs with the old key is covered by how long
 * every other server verifies with it.
 */
import { createPublicKey } from 'node:crypto';
import type { SigningKey as SigningKeyObject } from '@mayfly/api/identity/v1alpha1/signing-key';
import { formatTime, parseTime } from '@mayfly/api/meta/v1/time';
import type { Clock } from '../../../clock/clock.ts';
import { newVerificationKey, type VerificationKey } from '../../../jose/keys.ts';
import { newKeySigner, type Signer } from '../../../jose/sign.ts';
import type { Log } from '../../../log/log.ts';
import type { Store } from '../../../storage/store.ts';
import { raisedBound } from '../../serviceaccount/expiration-bound.ts';
import { activeKey, liveKeys } from '../../serviceaccount/key-rotation.ts';
import {
  Keyring,
  type KeyringEntry,
  type KeyringSnapshot,
  type KeyState,
  NO_SIGNING_KEY,
} from '../../serviceaccount/keyring.ts';
import { storageStatus } from '../generic/storage-status.ts';
import { readPrivateKey } from './private-keys.ts';
import { readSigningKeys, SigningKeyRecordError, type SigningKeyRecords, writeSigningKey } from './records.ts';
import { nameOf, withStatus } from './steps.ts';
import { SIGNING_KEY_DEFINITION } from './strategy.ts';

export interface StoredKeyringDeps {
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Log;
}

const RAISE_TRIES = 10;

export class StoredKeyring extends Keyring {
  readonly #deps: StoredKeyringDeps;
  #records: SigningKeyRecords;
  #extraKeys: readonly VerificationKey[] = [];
  #bound: Bound;
  #published: string;
  /** Key objects are made once for each key: a signer that has proved itself stays proved. */
  readonly #parsed: ParsedKeys;
  #refreshing: Promise<void> | undefined;
  #next: Promise<void> | undefined;
  #raising: Promise<void> | undefined;

  private constructor(deps: StoredKeyringDeps, records: SigningKeyRecords, parsed: ParsedKeys) {
    const initial = contentsOf(records, [], parsed);
    super(initial);
    this.#deps = deps;
    this.#records = records;
    this.#bound = boundOf(records);
    this.#parsed = parsed;
    this.#published = fingerprint(initial);
  }

  /** @throws SigningKeyRecordError when a record is damaged, StorageError */
  static async open(deps: StoredKeyringDeps): Promise<StoredKeyring> {
    return new StoredKeyring(deps, await readSigningKeys(deps.store), { verification: new Map(), signers: new Map() });
  }

  /** As last read. Shared: never change them. */
  get records(): SigningKeyRecords {
    return this.#records;
  }

  /** Keys from files that verify beside those of the store. */
  useExtraKeys(keys: readonly VerificationKey[]): void {
    this.#extraKeys = keys;
    this.#apply(this.#records);
  }

  /** Resolves when what the store held at the time of the call is in force. @throws as `open` does; the old keys stay */
  refresh(): Promise<void> {
    if (this.#refreshing === undefined) return this.#startRefresh();
    this.#next ??= this.#refreshing.catch(() => undefined).then(() => this.#startRefresh()); // the present one may be too early
    return this.#next;
  }

  #startRefresh(): Promise<void> {
    this.#next = undefined;
    const refreshing = this.#read().finally(() => {
      if (this.#refreshing === refreshing) this.#refreshing = undefined;
    });
    this.#refreshing = refreshing;
    return refreshing;
  }

  async #read(): Promise<void> {
    const records = await readSigningKeys(this.#deps.store);
    if (records.revision >= this.#records.revision) this.#apply(records);
  }

  #apply(records: SigningKeyRecords): void {
    const next = contentsOf(records, this.#extraKeys, this.#parsed);
    this.#records = records;
    this.#bound = boundOf(records);
    const published = fingerprint(next);
    if (published === this.#published) return; // only a bound was raised
    this.#published = published;
    this.replace(next, new Set([...expired(records), ...this.#cancelled(records)]));
  }

  /** Announced keys that were taken back: they have signed nothing. */
  #cancelled({ objects }: SigningKeyRecords): readonly string[] {
    const announced = this.snapshot.entries.filter(({ state }) => state === 'announced').map(({ key }) => key.kid);
    return announced.filter((kid) => !objects.some((object) => nameOf(object) === kid));
  }

  override signerFor(expiresAt: number): Signer | Promise<Signer> {
    const { signer } = this.snapshot;
    return signer !== undefined && this.#covers(signer, expiresAt) ? signer : this.#coveringSigner(expiresAt);
  }

  async #coveringSigner(expiresAt: number): Promise<Signer> {
    for (let left = RAISE_TRIES; left > 0; left--) {
      const { signer } = this.snapshot;
      if (signer === undefined) throw new Error(NO_SIGNING_KEY);
      if (this.#covers(signer, expiresAt)) return signer;
      await this.#raise(expiresAt);
    }
    throw new Error('the signing key kept changing');
  }

  #covers({ key }: Signer, expiresAt: number): boolean {
    const { kid, lastExpiry, hasLegacy } = this.#bound;
    return key.kid === kid && (expiresAt === Number.POSITIVE_INFINITY ? hasLegacy : expiresAt <= lastExpiry);
  }

  /** Of many that ask at once one writes; whoever is not served by what it wrote asks again. */
  #raise(expiresAt: number): Promise<void> {
    this.#raising ??= this.#raiseBound(expiresAt).finally(() => {
      this.#raising = undefined;
    });
    return this.#raising;
  }

  async #raiseBound(expiresAt: number): Promise<void> {
    const { store, clock } = this.#deps;
    const object = activeKey(this.#records.objects);
    try {
      if (object !== undefined) {
        const isLegacy = expiresAt === Number.POSITIVE_INFINITY;
        const bound = isLegacy ? 0 : raisedBound(expiresAt, Math.floor(clock.nowMs() / 1000));
        const changes = isLegacy ? { signedLegacyTokens: true } : { tokensExpireBy: formatTime(bound * 1000) };
        await writeSigningKey(store, withStatus(object, changes)); // lost: somebody raised it, or the key signs no more
      }
      await this.refresh();
    } catch (error) {
      throw storageStatus(error, SIGNING_KEY_DEFINITION, 'update');
    }
  }
}

/** What the active key may sign without another write. */
interface Bound {
  readonly kid: string | undefined;
  /** Epoch seconds. */
  readonly lastExpiry: number;
  readonly hasLegacy: boolean;
}

function boundOf({ objects }: SigningKeyRecords): Bound {
  const active = activeKey(objects);
  const { tokensExpireBy = '', signedLegacyTokens = false } = active?.status ?? {};
  const lastExpiry = (parseTime(tokensExpireBy) ?? 0) / 1000;
  return { kid: active && nameOf(active), lastExpiry, hasLegacy: signedLegacyTokens };
}

function expired({ objects }: SigningKeyRecords): readonly string[] {
  return objects.filter(({ status }) => status.retiredBecause === 'Expired').map(nameOf);
}

interface ParsedKeys {
  readonly verification: Map<string, VerificationKey>;
  readonly signers: Map<string, Signer>;
}

type Contents = Omit<KeyringSnapshot, 'generation'>;

const STATE: Readonly<Record<'Announced' | 'Active' | 'Verifying', KeyState>> = {
  Announced: 'announced',
  Active: 'signing',
  Verifying: 'verifying',
};

/** Oldest first, so that a new key changes nothing before it in the key set; then those from files. */
function contentsOf(records: SigningKeyRecords, extraKeys: readonly VerificationKey[], parsed: ParsedKeys): Contents {
  const entries = liveKeys(records.objects).map((object): KeyringEntry => {
    const state = STATE[object.status.state as keyof typeof STATE];
    return { key: verificationKeyOf(object, parsed), state, isPublished: true };
  });
  const active = activeKey(records.objects);
  for (const kid of parsed.verification.keys())
    if (!entries.some(({ key }) => key.kid === kid)) parsed.verification.delete(kid);
  const extra = extraKeys.map((key): KeyringEntry => ({ key, state: 'verifying', isPublished: true }));
  return { entries: [...entries, ...extra], signer: active && signerOf(active, records, parsed) };
}

function fingerprint({ entries, signer }: Contents): string {
  return JSON.stringify([entries.map(({ key, state }) => [key.kid, state]), signer?.key.kid]);
}

function verificationKeyOf(object: SigningKeyObject, { verification }: ParsedKeys): VerificationKey {
  const kid = nameOf(object);
  const known = verification.get(kid);
  if (known !== undefined) return known;
  const key = usable(kid, () => newVerificationKey(createPublicKey(object.spec.publicKey)));
  if (key.kid !== kid || key.alg !== object.spec.algorithm)
    throw damaged(kid, 'the public half belongs to another key');
  verification.set(kid, key);
  return key;
}

function signerOf(active: SigningKeyObject, { privateKeys }: SigningKeyRecords, { signers }: ParsedKeys): Signer {
  const kid = nameOf(active);
  const known = signers.get(kid);
  if (known !== undefined) return known;
  const record = privateKeys.get(kid);
  if (record === undefined) throw damaged(kid, 'its private half is missing');
  const signer = newKeySigner(usable(kid, () => readPrivateKey(record)));
  signers.clear(); // the one before signs no more, and need not stay in memory
  signers.set(kid, signer);
  return signer;
}

function usable<T>(kid: string, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    throw damaged(kid, (cause as Error).message, cause);
  }
}

function damaged(kid: string, why: string, cause?: unknown): SigningKeyRecordError {
  return new SigningKeyRecordError(`the stored signing key "${kid}" is damaged: ${why}`, { cause });
}
