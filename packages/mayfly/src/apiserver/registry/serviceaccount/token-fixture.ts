/**
 * For tests: the token half of a server over a memory store, with real keys, real signatures and a fake clock.
 *
 * The setting of spec service-account-tokens §18: issuer `https://iss`, API audiences `["api"]`, one RSA key, service
 * account `app` (S1), pod `p1` (P1) on node `n1` (N1), secret `s1` (X1).
 */
import type { TokenRequest } from '@mayfly/api/authentication/v1/token-request';
import type { TokenReviewStatus } from '@mayfly/api/authentication/v1/token-review';
import { CREDENTIAL_ID_EXTRA, type UserInfo } from '@mayfly/api/user/user';
import { FakeClock } from '../../../clock/fake-clock.ts';
import { generateSigningKey, type SigningKey } from '../../../jose/keys.ts';
import { silentLog } from '../../../log/log.ts';
import type { StaleUse } from '../../../metrics/stale-uses.ts';
import { SeededRandom } from '../../../random/seeded-random.ts';
import { newMemoryStore } from '../../../storage/memory/memory-store.ts';
import type { Store } from '../../../storage/store.ts';
import type { AnonymousConfig } from '../../authentication/anonymous/anonymous.ts';
import type { RequestAuthenticator, TokenAuthenticator } from '../../authentication/authenticator.ts';
import { CachedTokenAuthenticator } from '../../authentication/cache/cache.ts';
import { LoopbackAuthenticator } from '../../authentication/loopback/loopback.ts';
import { newAuthenticatorChain } from '../../authentication/order.ts';
import { BoundTokenValidator } from '../../authentication/serviceaccount/bound.ts';
import { ServiceAccountAuthenticator } from '../../authentication/serviceaccount/serviceaccount.ts';
import type { ReferencedObject, ReferencedPod, ServiceAccountGetter } from '../../serviceaccount/getter.ts';
import { newTokenIssuer, type TokenIssuer } from '../../serviceaccount/issuer.ts';
import { type Keyring, newFileKeyring } from '../../serviceaccount/keyring.ts';
import { newTokenReviewStorage } from '../authentication/token-review.ts';
import { type Ledger, newLedger } from '../issuedtoken/ledger.ts';
import type { CreateOptions, RequestContext } from '../rest.ts';
import type { StatusEntries } from './status-entry.ts';
import { newTokenSubresource } from './token.ts';

export const LOOPBACK_TOKEN = 'a1b2c3d4-0000-4000-8000-000000000000';

/** One key for all tests of a process: making RSA keys is slow. */
export const K1: SigningKey = await generateSigningKey('RSA');

export interface FixtureOptions {
  readonly issuers?: readonly string[];
  readonly apiAudiences?: readonly string[];
  readonly maxSeconds?: number;
  readonly extend?: boolean;
  readonly cache?: boolean;
  readonly anonymous?: AnonymousConfig;
  readonly keyring?: Keyring;
  readonly issuer?: TokenIssuer;
  readonly ledger?: Pick<Ledger, 'record'>;
  readonly statusEntries?: StatusEntries;
}

/** Objects of the cluster, by `namespace/name` or node name. Tests change them at will. */
export interface ClusterObjects {
  readonly serviceAccounts: Map<string, ReferencedObject>;
  readonly pods: Map<string, ReferencedPod>;
  readonly secrets: Map<string, ReferencedObject>;
  readonly nodes: Map<string, ReferencedObject>;
  readonly namespaces: Map<string, ReferencedObject>;
}

export interface TokenFixture {
  readonly clock: FakeClock;
  readonly store: Store;
  readonly objects: ClusterObjects;
  readonly getter: ServiceAccountGetter;
  readonly chain: RequestAuthenticator;
  readonly ledger: Ledger;
  /** `stale`, `valid`, `legacy` in order of counting; look-ups of service accounts as `lookup`. */
  readonly counted: string[];
  readonly warnings: string[];
  /** What the ledger has told of. */
  readonly staleUses: readonly StaleUse[];
  readonly annotations: Map<string, string>;
  context(user?: UserInfo): RequestContext;
  request(body?: object, name?: string, options?: Partial<CreateOptions>): Promise<TokenRequest>;
  token(body?: object): Promise<string>;
  review(token: string, audiences?: readonly string[]): Promise<TokenReviewStatus>;
}

export const ADMIN: UserInfo = {
  name: 'admin',
  uid: 'A1',
  groups: ['system:masters', 'system:authenticated'],
  extra: { [CREDENTIAL_ID_EXTRA]: ['X509SHA256=00'] },
};

/** Validating admission that has nothing against anything. */
export const admitAll = (): Promise<void> => Promise.resolve();

export function bound(uid: string, deletionTimestamp?: string): ReferencedObject {
  return { metadata: { uid, ...(deletionTimestamp !== undefined && { deletionTimestamp }) } };
}

export function newTokenFixture(options: FixtureOptions = {}): TokenFixture {
  const clock = new FakeClock();
  const random = new SeededRandom(1);
  const store = newMemoryStore({ clock });
  const counted: string[] = [];
  const warnings: string[] = [];
  const staleUses: StaleUse[] = [];
  const annotations = new Map<string, string>();
  const issuers = options.issuers ?? ['https://iss'];
  const apiAudiences = options.apiAudiences ?? ['api'];
  const keys = options.keyring ?? newFileKeyring({ signingKey: K1, verificationKeys: [K1] });
  const objects: ClusterObjects = {
    serviceAccounts: new Map([['ns1/app', bound('S1')]]),
    pods: new Map([['ns1/p1', { ...bound('P1'), spec: { serviceAccountName: 'app', nodeName: 'n1' } }]]),
    secrets: new Map([['ns1/s1', bound('X1')]]),
    nodes: new Map([['n1', bound('N1')]]),
    namespaces: new Map([['ns1', bound('NS1')]]),
  };
  const getter: ServiceAccountGetter = {
    async serviceAccount(namespace, name) {
      counted.push('lookup');
      return objects.serviceAccounts.get(`${namespace}/${name}`);
    },
    pod: async (namespace, name) => objects.pods.get(`${namespace}/${name}`),
    secret: async (namespace, name) => objects.secrets.get(`${namespace}/${name}`),
    node: async (name) => objects.nodes.get(name),
    namespace: async (name) => objects.namespaces.get(name),
  };
  const observer = {
    legacyToken: () => void counted.push('legacy'),
    staleToken: () => void counted.push('stale'),
    validToken: () => void counted.push('valid'),
  };
  const cached = (inner: TokenAuthenticator): TokenAuthenticator =>
    options.cache === true
      ? new CachedTokenAuthenticator({ inner, clock, random, log: silentLog, observer: UNCOUNTED, maxEntries: 100 })
      : inner;
  const chain = newAuthenticatorChain({
    apiAudiences,
    loopback: new LoopbackAuthenticator({ token: LOOPBACK_TOKEN, random }),
    requestHeader: undefined,
    passwordFile: undefined,
    keystone: undefined,
    x509: undefined,
    tokenFile: undefined,
    serviceAccount: new ServiceAccountAuthenticator({
      families: [{ issuers, validator: new BoundTokenValidator({ getter, clock, observer }) }],
      apiAudiences,
      keys,
      observer,
    }),
    bootstrapToken: undefined,
    jwt: undefined,
    webhook: undefined,
    anonymous: options.anonymous ?? { enabled: true, conditions: [] },
    cached,
    unrevoked: (inner) => inner,
  });
  const ledger = newLedger({ store, clock, random, log: silentLog, onStaleUse: (use) => void staleUses.push(use) });
  const tokens = newTokenSubresource({
    getter,
    issuer: options.issuer ?? newTokenIssuer({ issuer: issuers[0] ?? '', keys }),
    ledger: options.ledger ?? ledger,
    statusEntries: options.statusEntries,
    rules: { apiAudiences, maxSeconds: options.maxSeconds ?? 0, extend: options.extend ?? true },
    onRefused: (rule) => void counted.push(rule),
    clock,
    random,
    log: silentLog,
  });
  const reviews = newTokenReviewStorage({ onReviewed: () => undefined, authenticator: chain, apiAudiences });

  function context(user: UserInfo = ADMIN): RequestContext {
    return {
      user,
      requestInfo: undefined as never, // nothing here looks at it
      namespace: 'ns1',
      sourceIP: '192.0.2.1',
      userAgent: 'kubectl/v1.35.0',
      signal: new AbortController().signal,
      warn: (text) => void warnings.push(text),
      annotate: (key, value) => void annotations.set(key, value),
    };
  }

  async function request(body: object = {}, name = 'app', more: Partial<CreateOptions> = {}): Promise<TokenRequest> {
    const created = await tokens.create?.(context(), name, body, { dryRun: false, validate: admitAll, ...more });
    return created as TokenRequest;
  }

  async function review(token: string, audiences?: readonly string[]): Promise<TokenReviewStatus> {
    const spec = { token, ...(audiences && { audiences: [...audiences] }) };
    const created = await reviews.create?.(context(), { spec } as object, { dryRun: false, validate: admitAll });
    return (created as { status?: TokenReviewStatus }).status ?? { user: {} };
  }

  const token = async (body?: object): Promise<string> => (await request(body)).status?.token ?? '';
  return {
    clock,
    store,
    objects,
    getter,
    chain,
    ledger,
    counted,
    warnings,
    staleUses,
    annotations,
    context,
    request,
    token,
    review,
  };
}

const UNCOUNTED = { request: () => undefined, fetch: () => undefined, activeFetch: () => undefined };
