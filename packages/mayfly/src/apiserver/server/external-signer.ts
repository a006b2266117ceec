/** Opens the external signer an operator named: reaches it, learns its keys and its limits, or says why it cannot be used. */
import type { Clock } from '../../clock/clock.ts';
import type { ServerConfig } from '../../config/config.ts';
import { ConfigError } from '../../config/config-error.ts';
import type { Log } from '../../log/log.ts';
import type { Metrics } from '../../metrics/metrics.ts';
import { externalSignerObserver } from '../../metrics/observers.ts';
import type { SignerClient } from '../serviceaccount/externaljwt/client.ts';
import { newExternalTokenIssuer } from '../serviceaccount/externaljwt/issuer.ts';
import { ExternalKeyCache } from '../serviceaccount/externaljwt/key-cache.ts';
import { maxExpirationComplaint, minExpirationComplaint } from '../serviceaccount/externaljwt/limits.ts';
import type { TokenIssuer } from '../serviceaccount/issuer.ts';
import type { Keyring } from '../serviceaccount/keyring.ts';
import { FaultError } from './fault-error.ts';

export interface ExternalSigner {
  /** Its public keys, kept up to date. Legacy tokens it does not sign, so nobody here does. */
  readonly keyring: Keyring;
  readonly issuer: TokenIssuer;
  /** The longest life it signs, seconds. */
  readonly maxSeconds: number;
  /** How long relying parties may keep the keys; see `ExternalKeyCache`. */
  maxAgeSeconds(): number;
  close(): void;
}

export interface ExternalSignerOptions {
  readonly config: ServerConfig;
  readonly metrics: Metrics;
  readonly clock: Clock;
  readonly log: Log;
}

/**
 * @returns undefined where none is configured
 * @throws FaultError when it does not answer in time or with what cannot be used, ConfigError when it will not sign for
 *   as long as the settings promise
 */
export async function openExternalSigner(options: ExternalSignerOptions): Promise<ExternalSigner | undefined> {
  const { config, metrics, clock, log } = options;
  const endpoint = config.serviceAccountSigningEndpoint;
  if (endpoint === undefined) return undefined;
  const observer = externalSignerObserver(metrics, () => clock.nowMs());
  const { newSignerClient } = await import('../serviceaccount/externaljwt/client.ts'); // gRPC is a large library
  const client = newSignerClient({ endpoint, clock, observeCall: observer.observeCall });
  const cache = new ExternalKeyCache({ client, clock, log, observer });
  const close = (): void => {
    cache.stop();
    client.close();
  };
  try {
    log.info('asking the external signer for its keys', { endpoint });
    const maxSeconds = await firstAnswers(endpoint, client, cache);
    requireLongEnough(config, maxSeconds);
    const issuer = newExternalTokenIssuer({
      issuer: config.serviceAccountIssuer[0] ?? '',
      client,
      keys: cache.keyring,
      signed: observer.signed,
    });
    return { keyring: cache.keyring, issuer, maxSeconds, maxAgeSeconds: () => cache.maxAgeSeconds(), close };
  } catch (error) {
    close();
    throw error;
  }
}

/** @returns the longest life it signs, seconds */
async function firstAnswers(endpoint: string, client: SignerClient, cache: ExternalKeyCache): Promise<number> {
  try {
    await cache.fill();
    return (await client.metadata()).maxTokenExpirationSeconds;
  } catch (error) {
    throw new FaultError(
      'ERR_EXTERNAL_SIGNER',
      `while setting up external-jwt-signer: ${(error as Error).message}; does a signer listen on ${endpoint}?`,
      { cause: error },
    );
  }
}

function requireLongEnough(config: ServerConfig, maxSeconds: number): void {
  const tooShort = minExpirationComplaint(maxSeconds);
  if (tooShort !== undefined) throw new FaultError('ERR_EXTERNAL_SIGNER', tooShort);
  const tooLong = maxExpirationComplaint(config.serviceAccountMaxTokenExpirationMs / 1000, maxSeconds);
  if (tooLong !== undefined) throw new ConfigError(tooLong);
}
