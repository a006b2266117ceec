/**
 * Moves the keys in the store on: by schedule, and when asked to. It runs on every server; each step compares and swaps,
 * so that one server takes it and the others see it taken.
 */
import type { KeyRotationSpec } from '@mayfly/api/identity/v1alpha1/key-rotation';
import type { SigningKey as SigningKeyObject } from '@mayfly/api/identity/v1alpha1/signing-key';
import { notFoundError } from '@mayfly/api/meta/v1/status-error';
import { parseTime } from '@mayfly/api/meta/v1/time';
import type { Clock } from '../../../clock/clock.ts';
import type { SigningAlgorithm } from '../../../jose/algorithms.ts';
import type { SigningKey } from '../../../jose/keys.ts';
import type { Log } from '../../../log/log.ts';
import type { Random } from '../../../random/random.ts';
import type { Store } from '../../../storage/store.ts';
import { CautiousTime } from '../../serviceaccount/cautious-time.ts';
import {
  activeKey,
  announcedKey,
  isSpent,
  liveKeys,
  MAX_LIVE_KEYS,
  nextStep,
  PUBLICATION_MS,
  type RotationStep,
} from '../../serviceaccount/key-rotation.ts';
import { storageStatus } from '../generic/storage-status.ts';
import { readPrivateKey } from './private-keys.ts';
import { type SigningKeyRecords, type SigningKeysRoot, type SigningKeyWrites, writeSigningKeys } from './records.ts';
import { heldText, keptChanging, needed, otherAlgorithm, tooMany } from './refusals.ts';
import type { KeyRotator, Rotation } from './rotator.ts';
import { activation, activeNow, announced, compromise, nameOf, newSigningKeyObject, retirement } from './steps.ts';
import type { StoredKeyring } from './stored-keyring.ts';
import { SIGNING_KEY_DEFINITION } from './strategy.ts';

export interface StoredRotatorDeps {
  readonly keyring: StoredKeyring;
  readonly store: Store;
  /** `--service-account-key-rotation`; 0: only when told to. */
  readonly intervalMs: number;
  /** `--service-account-signing-algorithm`. */
  readonly algorithm: SigningAlgorithm;
  /** How many Secrets hold a token of a key; infinite when tokens are good without. */
  readonly countLegacyTokens: (kid: string) => Promise<number>;
  readonly generateKey: (algorithm: SigningAlgorithm) => Promise<SigningKey>;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

const TRIES = 10;

/** Counting legacy tokens reads every Secret. */
const LEGACY_COUNT_INTERVAL_MS = 3_600_000;

export class StoredKeyRotator implements KeyRotator {
  readonly #deps: StoredRotatorDeps;
  readonly #time: CautiousTime;
  /** The flag was changed since a server last acted upon it. */
  #wantsAlgorithm: boolean;
  /** Keys that no Secret held a token of when it was last looked. */
  #withoutLegacyTokens: ReadonlySet<string> = new Set();
  #legacyCountedAtMs = Number.NEGATIVE_INFINITY;
  #activations = 0;

  /** The keyring is open, and holds an active key. */
  constructor(deps: StoredRotatorDeps) {
    this.#deps = deps;
    this.#time = new CautiousTime(deps.clock);
    const { root } = deps.keyring.records;
    this.#wantsAlgorithm = root?.configuredAlgorithm !== deps.algorithm;
    this.#meet(true);
    deps.keyring.onChange(() => this.#meet(false));
  }

  /** Steps this server took that gave the signature to another key. */
  get activations(): number {
    return this.#activations;
  }

  #meet(isOld: boolean): void {
    this.#time.meet(this.#deps.keyring.records.objects.map(nameOf), isOld);
  }

  /** Takes every step that is due. @throws StatusError, StorageError, SigningKeyRecordError: it is tried again later */
  async run(): Promise<void> {
    const { keyring } = this.#deps;
    await keyring.refresh(); // also when a watch went quiet
    for (let left = TRIES; left > 0; left--) {
      const { records } = keyring;
      await this.#countLegacyTokens(records.objects);
      const step = this.#possible(this.#nextStep(records), records);
      if (step.step === 'none') return this.#noteAlgorithm(records);
      if (await this.#commit(records, await this.#writesOf(step, records))) this.#tell(step);
    }
  }

  #nextStep({ root, objects }: SigningKeyRecords): RotationStep {
    const { algorithm, intervalMs } = this.#deps;
    if (root?.configuredAlgorithm === algorithm) this.#wantsAlgorithm = false; // another server has acted upon it
    const rules = {
      intervalMs,
      wantedAlgorithm: this.#wantsAlgorithm ? algorithm : undefined,
      publishedSinceMs: (key: SigningKeyObject) =>
        this.#time.sinceMs(nameOf(key), parseTime(key.status.announcedAt) ?? Number.POSITIVE_INFINITY),
      mayHoldLegacyTokens: (kid: string) => !this.#withoutLegacyTokens.has(kid),
    };
    return nextStep(objects, rules, this.#time.nowMs());
  }

  /** The wanted algorithm may be that of the active key already: then the flag is noted, and nothing else. */
  async #noteAlgorithm(records: SigningKeyRecords): Promise<void> {
    if (!this.#wantsAlgorithm || activeKey(records.objects)?.spec.algorithm !== this.#deps.algorithm) return;
    if (announcedKey(records.objects) !== undefined) return;
    await this.#commit(records, { root: this.#actedUpon(this.#rootOf(records)) });
  }

  /** A key that cannot sign must not be let: the old one goes on, and another is announced. */
  #possible(step: RotationStep, { privateKeys }: SigningKeyRecords): RotationStep {
    if (step.step !== 'activate') return step;
    const kid = nameOf(step.key);
    const record = privateKeys.get(kid);
    try {
      if (record === undefined) throw new Error('the private half is missing');
      readPrivateKey(record);
      return step;
    } catch (error) {
      this.#deps.log.error('an announced signing key cannot sign and is given up', { keyID: kid, error });
      return { step: 'forget', key: step.key };
    }
  }

  async #writesOf(
    step: Exclude<RotationStep, { step: 'none' }>,
    records: SigningKeyRecords,
  ): Promise<SigningKeyWrites> {
    const root = this.#rootOf(records);
    const nowMs = this.#deps.clock.nowMs();
    switch (step.step) {
      case 'announce':
        return this.#announcement(step.algorithm, step.reason === 'algorithm' ? this.#actedUpon(root) : root);
      case 'activate':
        return activation(root, records.objects, step.key, nowMs);
      case 'retire':
        return retirement(root, step.key, nowMs);
      case 'forget':
        return { root, remove: [nameOf(step.key)] };
      default:
        return step satisfies never;
    }
  }

  async #announcement(algorithm: string, root: SigningKeysRoot): Promise<SigningKeyWrites> {
    const { clock, random, generateKey } = this.#deps;
    const key = await generateKey(algorithm as SigningAlgorithm);
    return { root, put: [newSigningKeyObject(key, announced(clock.nowMs()), random)], putPrivate: [key] };
  }

  #rootOf({ root }: SigningKeyRecords): SigningKeysRoot {
    return root ?? { version: 1, configuredAlgorithm: this.#deps.algorithm };
  }

  #actedUpon(root: SigningKeysRoot): SigningKeysRoot {
    return { ...root, configuredAlgorithm: this.#deps.algorithm };
  }

  /** @returns whether this server took the step; either way the keyring knows afterwards what there is */
  async #commit(records: SigningKeyRecords, writes: SigningKeyWrites): Promise<boolean> {
    const { keyring, store } = this.#deps;
    try {
      const isOurs = await writeSigningKeys(store, records, writes);
      await keyring.refresh();
      return isOurs;
    } catch (error) {
      throw storageStatus(error, SIGNING_KEY_DEFINITION, 'update');
    }
  }

  #tell(step: RotationStep): void {
    const { log } = this.#deps;
    if (step.step === 'announce') {
      const { algorithm, reason } = step;
      log.info('a new signing key is announced', { algorithm, reason, signsInSeconds: PUBLICATION_MS / 1000 });
    } else if (step.step === 'activate') {
      this.#activations++;
      log.info('the announced signing key signs from now on', { keyID: nameOf(step.key) });
    } else if (step.step === 'retire') {
      log.info('a signing key is retired: its tokens have ended', { keyID: nameOf(step.key) });
    }
  }

  async #countLegacyTokens(keys: readonly SigningKeyObject[]): Promise<void> {
    const { clock } = this.#deps;
    const nowMs = this.#time.nowMs();
    const due = keys.filter(
      (key) => key.status.state === 'Verifying' && key.status.signedLegacyTokens && isSpent(key, NO_LEGACY, nowMs),
    );
    if (due.length === 0 || clock.monotonicMs() - this.#legacyCountedAtMs < LEGACY_COUNT_INTERVAL_MS) return;
    this.#legacyCountedAtMs = clock.monotonicMs();
    const counts = await Promise.all(due.map((key) => this.#deps.countLegacyTokens(nameOf(key))));
    this.#withoutLegacyTokens = new Set(due.filter((_, i) => counts[i] === 0).map(nameOf));
  }

  async rotate({ algorithm = '', panic = false }: KeyRotationSpec, dryRun: boolean): Promise<Rotation> {
    for (let left = TRIES; left > 0; left--) {
      await this.#refresh();
      const { records } = this.#deps.keyring;
      const wanted =
        algorithm === '' ? (activeKey(records.objects)?.spec.algorithm ?? this.#deps.algorithm) : algorithm;
      const rotation = await (panic
        ? this.#panic(records, wanted, dryRun)
        : this.#announce(records, wanted, algorithm !== '', dryRun));
      if (rotation !== undefined) return rotation;
    }
    throw keptChanging();
  }

  async #refresh(): Promise<void> {
    try {
      await this.#deps.keyring.refresh();
    } catch (error) {
      throw storageStatus(error, SIGNING_KEY_DEFINITION, 'get');
    }
  }

  /** @returns undefined when somebody else was faster */
  async #announce(
    records: SigningKeyRecords,
    algorithm: string,
    isExplicit: boolean,
    dryRun: boolean,
  ): Promise<Rotation | undefined> {
    const pending = announcedKey(records.objects);
    if (pending !== undefined) {
      if (isExplicit && pending.spec.algorithm !== algorithm) throw otherAlgorithm(pending);
      return rotationOf(pending, true);
    }
    if (liveKeys(records.objects).length >= MAX_LIVE_KEYS) throw tooMany();
    if (dryRun) return unwritten(announced(this.#deps.clock.nowMs()), algorithm);
    const writes = await this.#announcement(algorithm, this.#rootOf(records));
    const [key] = writes.put ?? [];
    if (key === undefined || !(await this.#commit(records, writes))) return undefined;
    return rotationOf(key, false);
  }

  async #panic(records: SigningKeyRecords, algorithm: string, dryRun: boolean): Promise<Rotation | undefined> {
    const { clock, random, generateKey, log } = this.#deps;
    const retiredKeyIDs = liveKeys(records.objects).map(nameOf);
    if (dryRun) return { ...unwritten(activeNow(clock.nowMs()), algorithm), retiredKeyIDs };
    const key = await generateKey(algorithm as SigningAlgorithm);
    const nowMs = clock.nowMs();
    const object = newSigningKeyObject(key, activeNow(nowMs), random);
    const isOurs = await this.#commit(
      records,
      compromise(this.#rootOf(records), records.objects, { key, object }, nowMs),
    );
    if (!isOurs) return undefined;
    this.#activations++;
    log.warn('signing keys were declared compromised: tokens of all earlier keys are refused', { keyID: key.kid });
    return { ...rotationOf(object, false), retiredKeyIDs };
  }

  async retire(
    kid: string,
    dryRun: boolean,
    check: (key: SigningKeyObject) => Promise<void>,
  ): Promise<SigningKeyObject> {
    for (let left = TRIES; left > 0; left--) {
      await this.#refresh();
      const { records } = this.#deps.keyring;
      const key = records.objects.find((object) => nameOf(object) === kid);
      if (key === undefined) throw notFoundError(SIGNING_KEY_DEFINITION, kid);
      await check(key);
      await this.#requireUnneeded(key);
      if (dryRun || (await this.#commit(records, { root: this.#rootOf(records), remove: [kid] }))) return key;
    }
    throw keptChanging();
  }

  /** A key that signs is needed, and one of which tokens live. One that is only announced has signed nothing. */
  async #requireUnneeded(key: SigningKeyObject): Promise<void> {
    const { state, verifyUntil = '', signedLegacyTokens } = key.status;
    const kid = nameOf(key);
    if (state === 'Active') throw needed(kid, 'it signs; announce another with "mayfly keys rotate" first');
    if (state !== 'Verifying') return;
    if (!isSpent(key, NO_LEGACY, this.#time.nowMs()))
      throw needed(kid, `tokens it signed may live until ${verifyUntil}; only "mayfly keys rotate --panic" ends them`);
    const held = signedLegacyTokens === true ? await this.#deps.countLegacyTokens(kid) : 0;
    if (held > 0) throw needed(kid, heldText(held));
  }
}

const NO_LEGACY = { mayHoldLegacyTokens: () => false };

function rotationOf({ metadata, spec, status }: SigningKeyObject, isUnderWay: boolean): Rotation {
  const { state, announcedAt, activateAt = announcedAt } = status;
  return { keyID: metadata?.name ?? '', algorithm: spec.algorithm, state, activateAt, isUnderWay };
}

function unwritten(
  { state, announcedAt, activateAt = announcedAt }: SigningKeyObject['status'],
  algorithm: string,
): Rotation {
  return { algorithm, state, activateAt, isUnderWay: false };
}
