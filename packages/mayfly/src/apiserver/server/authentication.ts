/** Builds the authenticator chain from the settings: which strategies are on, and what they are handed. */
import { readFile } from 'node:fs/promises';
import type { Namespace } from '@mayfly/api/core/v1/namespace';
import type { Node } from '@mayfly/api/core/v1/node';
import type { Pod } from '@mayfly/api/core/v1/pod';
import type { Secret } from '@mayfly/api/core/v1/secret';
import type { ServiceAccount } from '@mayfly/api/core/v1/service-account';
import type { Clock } from '../../clock/clock.ts';
import type { ServerConfig } from '../../config/config.ts';
import { ConfigError } from '../../config/config-error.ts';
import type { Log } from '../../log/log.ts';
import type { Metrics } from '../../metrics/metrics.ts';
import {
  legacyTokenObserver,
  revocationObserver,
  serviceAccountTokenObserver,
  tokenCacheObserver,
} from '../../metrics/observers.ts';
import type { Random } from '../../random/random.ts';
import type { RequestAuthenticator, TokenAuthenticator } from '../authentication/authenticator.ts';
import { CachedTokenAuthenticator, MAX_CACHED_TOKENS } from '../authentication/cache/cache.ts';
import { LoopbackAuthenticator } from '../authentication/loopback/loopback.ts';
import { newAuthenticatorChain } from '../authentication/order.ts';
import { RevocationAuthenticator } from '../authentication/revocation/revocation.ts';
import { BoundTokenValidator } from '../authentication/serviceaccount/bound.ts';
import { type LegacyTokenGetter, LegacyTokenValidator } from '../authentication/serviceaccount/legacy.ts';
import { ServiceAccountAuthenticator } from '../authentication/serviceaccount/serviceaccount.ts';
import { ClientCABundle } from '../authentication/x509/client-ca-bundle.ts';
import { X509Authenticator } from '../authentication/x509/x509.ts';
import type { Registry } from '../registry/registry.ts';
import type { ServiceAccountGetter } from '../serviceaccount/getter.ts';
import type { KeySource } from '../serviceaccount/keyring.ts';
import { LEGACY_ISSUER } from '../serviceaccount/legacy/claims.ts';
import type { LegacyTokenUses } from '../serviceaccount/legacy/uses.ts';
import type { RevocationChecker } from '../serviceaccount/revocation/checker.ts';
import type { PKI } from './pki.ts';

export interface AuthenticationOptions {
  readonly config: ServerConfig;
  readonly pki: PKI;
  readonly keys: KeySource;
  readonly getter: ServiceAccountGetter & LegacyTokenGetter;
  readonly legacyTokenUses: LegacyTokenUses;
  readonly revocations: RevocationChecker;
  readonly metrics: Metrics;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

export interface AssembledAuthentication {
  readonly authenticator: RequestAuthenticator;
  /** The server's own credential, for its controllers. It never leaves the process. */
  readonly loopbackToken: string;
  readonly clientCAs: ClientCABundle;
}

/** @throws ConfigError when a file named by a setting cannot be used */
export async function assembleAuthentication(options: AuthenticationOptions): Promise<AssembledAuthentication> {
  const { config, keys, clock, random, log, metrics } = options;
  const { apiAudiences } = config;
  const loopbackToken = random.bytes(32).toString('base64url');
  const clientCAs = await ClientCABundle.open({
    builtIn: [options.pki.ca],
    file: config.clientCAFile,
    readFile: (path) => readFile(path, 'utf8'),
    clock,
    log,
  }).catch((error: Error) => {
    throw new ConfigError(`cannot use the client CA file ${config.clientCAFile}: ${error.message}`);
  });
  const certificateEnds = metrics.distribution('apiserver_client_certificate_expiration_seconds');
  const authenticator = newAuthenticatorChain({
    apiAudiences,
    loopback: new LoopbackAuthenticator({ token: loopbackToken, random }),
    x509: new X509Authenticator({
      roots: clientCAs,
      clock,
      observeExpirationSeconds: (seconds) => certificateEnds.observe(seconds),
    }),
    serviceAccount: newServiceAccountAuthenticator(options),
    anonymous: config.anonymousAuth ? { enabled: true, conditions: [] } : { enabled: false },
    cached(inner) {
      const cache = new CachedTokenAuthenticator({
        inner,
        clock,
        random,
        log,
        observer: tokenCacheObserver(metrics),
        maxEntries: MAX_CACHED_TOKENS,
      });
      keys.onChange((_keys, withdrawn) => {
        if (withdrawn.length > 0) cache.clear();
      });
      return cache;
    },
    unrevoked: (inner) =>
      new RevocationAuthenticator({ inner, revocations: options.revocations, refused: revocationObserver(metrics) }),
    requestHeader: undefined,
    passwordFile: undefined,
    keystone: undefined,
    tokenFile: undefined,
    bootstrapToken: undefined,
    jwt: undefined,
    webhook: undefined,
  });
  return { authenticator, loopbackToken, clientCAs };
}

function newServiceAccountAuthenticator(options: AuthenticationOptions): TokenAuthenticator {
  const { config, keys, getter, legacyTokenUses, metrics, clock } = options;
  const { apiAudiences } = config;
  const observer = serviceAccountTokenObserver(metrics);
  const legacyValidator = new LegacyTokenValidator({
    getter,
    lookup: config.serviceAccountLookup,
    mode: config.serviceAccountLegacyTokens,
    clock,
    observer: legacyTokenObserver(metrics),
    noteUse: (secret, nowMs) => legacyTokenUses.used(secret, nowMs),
  });
  const boundValidator = new BoundTokenValidator({ getter, clock, observer });
  return new ServiceAccountAuthenticator({
    families: [
      { issuers: [LEGACY_ISSUER], validator: legacyValidator },
      { issuers: config.serviceAccountIssuer, validator: boundValidator },
    ],
    apiAudiences,
    keys,
    observer,
  });
}

/** Look-ups of what a token hangs on, always against the newest state. */
export function newServiceAccountGetter(registry: Registry): ServiceAccountGetter & LegacyTokenGetter {
  const serviceAccounts = registry.reader<ServiceAccount>('serviceaccounts');
  const pods = registry.reader<Pod>('pods');
  const secrets = registry.reader<Secret>('secrets');
  const nodes = registry.reader<Node>('nodes');
  const namespaces = registry.reader<Namespace>('namespaces');
  return {
    serviceAccount: (namespace, name) => serviceAccounts.get(namespace, name),
    pod: (namespace, name) => pods.get(namespace, name),
    secret: (namespace, name) => secrets.get(namespace, name),
    node: (name) => nodes.get('', name),
    namespace: (name) => namespaces.get('', name),
  };
}
