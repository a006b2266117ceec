/** Every resource this server serves: stored kinds, reviews, the token subresource and the ledger. */
import type { Secret } from '@mayfly/api/core/v1/secret';
import type { UserInfo } from '@mayfly/api/user/user';
import type { ServerConfig } from '../../config/config.ts';
import type { RequestAuthenticator } from '../authentication/authenticator.ts';
import type { Authorizer, RuleResolver } from '../authorization/authorizer.ts';
import type { ClusterRole, Role } from '../authorization/rbac/policy.ts';
import { newSelfSubjectReviewStorage } from '../registry/authentication/self-subject-review.ts';
import { newTokenReviewStorage } from '../registry/authentication/token-review.ts';
import {
  newLocalSubjectAccessReviewStorage,
  newSelfSubjectAccessReviewStorage,
  newSubjectAccessReviewStorage,
} from '../registry/authorization/access-reviews.ts';
import { newSelfSubjectRulesReviewStorage } from '../registry/authorization/rules-review.ts';
import type { Ledger } from '../registry/issuedtoken/ledger.ts';
import { newIssuedTokenStorage } from '../registry/issuedtoken/storage.ts';
import { guardRBACWrites } from '../registry/rbac/escalation.ts';
import type { RulesHeld } from '../registry/rbac/rules-held.ts';
import type { Registry, RegistryDeps } from '../registry/registry.ts';
import type { RequestContext, ResourceStorage } from '../registry/rest.ts';
import type { StatusEntries } from '../registry/serviceaccount/status-entry.ts';
import { newTokenSubresource } from '../registry/serviceaccount/token.ts';
import { newKeyRotationStorage } from '../registry/signingkey/key-rotation-storage.ts';
import type { KeyRotator } from '../registry/signingkey/rotator.ts';
import { newSigningKeyStorage } from '../registry/signingkey/storage.ts';
import { newTokenRevocationStorage, type TokenRevocationDeps } from '../registry/tokenrevocation/storage.ts';
import type { ServiceAccountGetter } from '../serviceaccount/getter.ts';
import { newTokenIssuer } from '../serviceaccount/issuer.ts';
import type { KeySource } from '../serviceaccount/keyring.ts';

export interface ResourceOptions extends RegistryDeps {
  readonly config: ServerConfig;
  readonly registry: Registry;
  readonly authenticator: RequestAuthenticator;
  readonly authorizer: Authorizer & RuleResolver;
  readonly rbac: RulesHeld;
  readonly getter: ServiceAccountGetter;
  readonly keys: KeySource;
  readonly rotator: KeyRotator;
  readonly ledger: Ledger;
  readonly revocations: TokenRevocationDeps['revocations'];
  readonly statusEntries: StatusEntries | undefined;
  /** Told of each good token that is reviewed, with the reviewer's request. */
  readonly onTokenUsed: (user: UserInfo, by: RequestContext) => void;
}

const GUARDED = new Set(['roles', 'clusterroles', 'rolebindings', 'clusterrolebindings']);

export function assembleResources(options: ResourceOptions): readonly ResourceStorage[] {
  const { registry, authenticator, authorizer, rotator, config, clock } = options;
  return [
    ...registry.resources().map((storage) => complete(storage, options)),
    newIssuedTokenStorage(options),
    newRevocations(options),
    newSigningKeyStorage(options, rotator),
    newKeyRotationStorage(rotator),
    newTokenReviewStorage({ authenticator, apiAudiences: config.apiAudiences, onReviewed: options.onTokenUsed }),
    newSelfSubjectReviewStorage({ clock }),
    newSubjectAccessReviewStorage(authorizer),
    newLocalSubjectAccessReviewStorage(authorizer),
    newSelfSubjectAccessReviewStorage(authorizer),
    newSelfSubjectRulesReviewStorage(authorizer),
  ];
}

function newRevocations(options: ResourceOptions): ResourceStorage {
  return newTokenRevocationStorage({ ...options, secrets: options.registry.reader<Secret>('secrets') });
}

function complete(storage: ResourceStorage, options: ResourceOptions): ResourceStorage {
  const { resource } = storage.definition;
  if (GUARDED.has(resource)) return guardRBACWrites(storage, guardDeps(options));
  if (resource === 'serviceaccounts') return withToken(storage, options);
  return storage;
}

function guardDeps({ authorizer, rbac, registry }: ResourceOptions): Parameters<typeof guardRBACWrites>[1] {
  const clusterRoles = registry.reader<ClusterRole>('clusterroles');
  const roles = registry.reader<Role>('roles');
  return {
    authorizer,
    rbac,
    roles: {
      clusterRole: (name) => clusterRoles.get('', name),
      role: (namespace, name) => roles.get(namespace, name),
    },
  };
}

function withToken(storage: ResourceStorage, options: ResourceOptions): ResourceStorage {
  const { config, keys, getter, ledger, statusEntries, clock, random, log } = options;
  const token = newTokenSubresource({
    getter,
    issuer: newTokenIssuer({ issuer: config.serviceAccountIssuer[0] ?? '', keys }),
    ledger,
    statusEntries,
    rules: {
      apiAudiences: config.apiAudiences,
      maxSeconds: Math.floor(config.serviceAccountMaxTokenExpirationMs / 1000),
      extend: config.serviceAccountExtendTokenExpiration,
    },
    clock,
    random,
    log,
  });
  return { ...storage, subresources: [...(storage.subresources ?? []), token] };
}
