/**
 * The keys service account tokens are signed and verified with: keys in the store, which rotate themselves, or files the
 * operator names and looks after.
 */
import type { Clock } from '../../clock/clock.ts';
import type { ServerConfig } from '../../config/config.ts';
import type { KeyShape, SigningAlgorithm } from '../../jose/algorithms.ts';
import { parseSigningKey, parseVerificationKeys } from '../../jose/key-file.ts';
import { generateSigningKey, type SigningKey, type VerificationKey } from '../../jose/keys.ts';
import type { Log } from '../../log/log.ts';
import type { Random } from '../../random/random.ts';
import type { Store } from '../../storage/store.ts';
import { ensureActiveKey } from '../registry/signingkey/first-key.ts';
import { newLegacyTokenCounter } from '../registry/signingkey/legacy-tokens.ts';
import { SigningKeyRecordError } from '../registry/signingkey/records.ts';
import { type KeyRotator, newFixedKeys } from '../registry/signingkey/rotator.ts';
import { StoredKeyring } from '../registry/signingkey/stored-keyring.ts';
import { StoredKeyRotator } from '../registry/signingkey/stored-rotator.ts';
import { type Keyring, newFileKeyring } from '../serviceaccount/keyring.ts';
import { FaultError } from './fault-error.ts';
import { readKeptKeys, removeKeptKeys } from './kept-keys.ts';
import { readKeyFile } from './key-files.ts';
import { type KeyRotationFigures, startKeyRotation } from './key-rotation.ts';

export interface ServiceAccountKeys {
  readonly keyring: Keyring;
  readonly rotator: KeyRotator;
  /** For metrics. Undefined where keys do not rotate. */
  readonly figures: KeyRotationFigures | undefined;
  /** Reads files again. @throws ConfigError when one cannot be used: the keys so far stay in force */
  reload(): Promise<void>;
  /** Ends what follows the store. */
  close(): Promise<void>;
}

export interface ServiceAccountKeysOptions {
  readonly config: ServerConfig;
  readonly store: Store;
  /** Undefined: no files of earlier releases. */
  readonly dataDir: string | undefined;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** Makes the first key of a store; others are always new. */
  readonly firstKey?: (algorithm: SigningAlgorithm) => Promise<SigningKey>;
}

/** @throws ConfigError when a named file holds no usable key, FaultError when keys kept by Mayfly are damaged */
export async function openServiceAccountKeys(options: ServiceAccountKeysOptions): Promise<ServiceAccountKeys> {
  const { serviceAccountSigningKeyFile } = options.config;
  if (serviceAccountSigningKeyFile === undefined) return openStoredKeys(options);
  return openKeyFiles(options.config, serviceAccountSigningKeyFile);
}

const FIXED =
  'the signing key of this server is a file (--service-account-signing-key-file): put another in its place, keep the old one among --service-account-key-file, and send SIGHUP';

async function openKeyFiles(config: ServerConfig, signingKeyFile: string): Promise<ServiceAccountKeys> {
  const load = async () => {
    const verificationKeys = await namedKeys(config);
    return newFileKeyring({ signingKey: await readKeyFile(signingKeyFile, parseSigningKey), verificationKeys });
  };
  const keyring = await load();
  return {
    keyring,
    rotator: newFixedKeys(FIXED),
    figures: undefined,
    reload: async () => keyring.replace((await load()).snapshot),
    close: async () => undefined,
  };
}

async function namedKeys({ serviceAccountKeyFile }: ServerConfig): Promise<readonly VerificationKey[]> {
  const keys = await Promise.all(serviceAccountKeyFile.map((path) => readKeyFile(path, parseVerificationKeys)));
  return keys.flat();
}

async function openStoredKeys(options: ServiceAccountKeysOptions): Promise<ServiceAccountKeys> {
  const { config, log } = options;
  const extraKeys = await namedKeys(config);
  const keyring = await openStoredKeyring(options);
  keyring.useExtraKeys(extraKeys);
  const rotator = new StoredKeyRotator({
    ...options,
    keyring,
    intervalMs: config.serviceAccountKeyRotationMs,
    algorithm: config.serviceAccountSigningAlgorithm,
    countLegacyTokens: config.serviceAccountLookup ? newLegacyTokenCounter(options) : anyNumber,
    generateKey,
  });
  const rotation = startKeyRotation({ ...options, keyring, rotator, intervalMs: config.serviceAccountKeyRotationMs });
  return {
    keyring,
    rotator,
    figures: rotation.figures,
    async reload() {
      keyring.useExtraKeys(await namedKeys(config));
      await keyring.refresh().catch((error: unknown) => log.warn('the signing keys could not be read', { error }));
    },
    close: () => rotation.stop(),
  };
}

async function openStoredKeyring(options: ServiceAccountKeysOptions): Promise<StoredKeyring> {
  const { config, dataDir, firstKey = generateKey, log } = options;
  const earlierKeys = async () => (dataDir === undefined ? [] : readKeptKeys(dataDir));
  try {
    const algorithm = config.serviceAccountSigningAlgorithm;
    await ensureActiveKey({ ...options, algorithm, earlierKeys, generateKey: firstKey });
    const keyring = await StoredKeyring.open(options);
    const known = new Set(keyring.records.objects.map(({ metadata }) => metadata?.name));
    if (dataDir !== undefined) await removeKeptKeys(dataDir, (kid) => known.has(kid), log);
    return keyring;
  } catch (error) {
    if (!(error instanceof SigningKeyRecordError)) throw error;
    throw new FaultError('ERR_SIGNING_KEYS', `${error.message}; restore the data directory from a copy`, {
      cause: error,
    });
  }
}

/** Without a look-up a legacy token is good without its Secret, so that nobody knows how many there are. */
async function anyNumber(): Promise<number> {
  return Number.POSITIVE_INFINITY;
}

const SHAPE: Readonly<Record<SigningAlgorithm, KeyShape>> = {
  RS256: 'RSA',
  ES256: 'P-256',
  ES384: 'P-384',
  ES512: 'P-521',
};

/** A key id that begins with a dash would be taken for a flag wherever it is typed. */
export async function generateKey(algorithm: SigningAlgorithm): Promise<SigningKey> {
  const key = await generateSigningKey(SHAPE[algorithm]);
  return key.kid.startsWith('-') ? generateKey(algorithm) : key;
}
