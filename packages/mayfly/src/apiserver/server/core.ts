/**
 * The server's parts below HTTP, in working order: registry with the default objects in it, RBAC policy in memory,
 * authentication, authorization, ledger, and every resource on top of them.
 */
import type { UserInfo } from '@mayfly/api/user/user';
import type { Clock } from '../../clock/clock.ts';
import type { ServerConfig } from '../../config/config.ts';
import type { Log } from '../../log/log.ts';
import type { Metrics } from '../../metrics/metrics.ts';
import type { Random } from '../../random/random.ts';
import type { Store } from '../../storage/store.ts';
import type { RequestAuthenticator } from '../authentication/authenticator.ts';
import type { ClientCABundle } from '../authentication/x509/client-ca-bundle.ts';
import type { Authorizer, RuleResolver } from '../authorization/authorizer.ts';
import { newAuthorizer } from '../authorization/order.ts';
import { PolicyIndex } from '../authorization/rbac/policy-index.ts';
import { RBACAuthorizer } from '../authorization/rbac/rbac-authorizer.ts';
import { bootstrapNamespaces } from '../registry/bootstrap-namespaces.ts';
import { type Ledger, newLedger } from '../registry/issuedtoken/ledger.ts';
import { issuedTokenOf } from '../registry/issuedtoken/use.ts';
import { newRegistry, type Registry } from '../registry/registry.ts';
import type { RequestContext, ResourceStorage } from '../registry/rest.ts';
import { LegacyTokenUses } from '../serviceaccount/legacy/uses.ts';
import { assembleAuthentication, newServiceAccountGetter } from './authentication.ts';
import type { PKI } from './pki.ts';
import { bootstrapRBAC, followRBACPolicy } from './rbac-policy.ts';
import { assembleResources } from './resources.ts';
import { openRevocations, type RevocationParts } from './revocations.ts';
import type { ServiceAccountKeys } from './service-account-keys.ts';

export interface CoreOptions {
  readonly config: ServerConfig;
  /** Stays the caller's: it is not closed here. */
  readonly store: Store;
  readonly pki: PKI;
  /** Stay the caller's, like the store. */
  readonly keys: ServiceAccountKeys;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

export interface Core {
  readonly registry: Registry;
  readonly authenticator: RequestAuthenticator;
  readonly authorizer: Authorizer & RuleResolver;
  readonly resources: readonly ResourceStorage[];
  readonly clientCAs: ClientCABundle;
  /** The server's own credential; it never leaves the process. */
  readonly loopbackToken: string;
  /** Uses of legacy tokens that a controller is to write down. */
  readonly legacyTokenUses: LegacyTokenUses;
  readonly revocations: RevocationParts['revocations'];
  /** Undefined: token status lists cannot be published. */
  readonly statusLists: RevocationParts['statusLists'];
  /** Tells the ledger that a user's token was seen alive. */
  noteUse(user: UserInfo, request: Pick<RequestContext, 'sourceIP' | 'userAgent'>): void;
  /** Ends what follows the store, and writes what the ledger still holds. */
  close(): Promise<void>;
}

/** Resolves when the default objects are written and the policy is complete: decisions are right from then on. */
export async function openCore(options: CoreOptions, metrics: Metrics): Promise<Core> {
  const { config, keys, clock, log } = options;
  const registry = newRegistry(options);
  await bootstrapNamespaces(registry);
  await bootstrapRBAC(registry, log);
  const index = new PolicyIndex();
  const policy = followRBACPolicy(index, { registry, clock, log });
  const getter = newServiceAccountGetter(registry);
  const legacyTokenUses = new LegacyTokenUses();
  const {
    revocations,
    statusLists,
    stop: stopRevocations,
  } = openRevocations({ ...options, keyring: keys.keyring }, metrics);
  const [{ authenticator, loopbackToken, clientCAs }] = await Promise.all([
    assembleAuthentication({ ...options, keys: keys.keyring, getter, legacyTokenUses, revocations, metrics }),
    policy.synced,
    revocations.synced,
  ]);
  const rbac = new RBACAuthorizer(index);
  const authorizer = newAuthorizer({ modes: config.authorizationMode.filter(isBuilt), rbac });
  const ledger = newLedger(options);
  const noteUse: Core['noteUse'] = (user, request) => noteTokenUse(ledger, user, request, clock.nowMs());
  const resources = assembleResources({
    ...options,
    registry,
    authenticator,
    authorizer,
    rbac,
    getter,
    ledger,
    revocations,
    statusEntries: statusLists,
    keys: keys.keyring,
    rotator: keys.rotator,
    onTokenUsed: noteUse,
  });
  return {
    registry,
    authenticator,
    authorizer,
    resources,
    clientCAs,
    loopbackToken,
    legacyTokenUses,
    revocations,
    statusLists,
    noteUse,
    async close() {
      clientCAs.close();
      await Promise.all([policy.stop(), stopRevocations()]);
      await ledger.flush();
    },
  };
}

function noteTokenUse(
  ledger: Ledger,
  user: UserInfo,
  { sourceIP, userAgent }: Pick<RequestContext, 'sourceIP' | 'userAgent'>,
  atMs: number,
): void {
  const issued = issuedTokenOf(user);
  if (issued !== undefined) ledger.used(issued.id, { namespace: issued.namespace, sourceIP, userAgent, atMs });
}

/** The Node authorizer arrives with the node agent; until then it would have no opinion on anything. */
function isBuilt(mode: string): boolean {
  return mode !== 'Node';
}
