/**
 * POST of a revocation: find what it means, store it, answer once this server enforces it.
 *
 * The endpoints have authorized, decoded and run mutating admission. From the moment it is stored a revocation is final:
 * whatever fails after that, tokens stay ended, and the answer says so.
 */
import type { Secret } from '@mayfly/api/core/v1/secret';
import { type TokenRevocation, validateTokenRevocation } from '@mayfly/api/identity/v1alpha1/token-revocation';
import type { KubernetesObject } from '@mayfly/api/meta/v1/object-meta';
import { invalidError, StatusError } from '@mayfly/api/meta/v1/status-error';
import { createObject } from '../generic/create.ts';
import { type Kind, newKind, type RegistryDeps } from '../generic/kind.ts';
import type { ObjectReader } from '../generic/reader.ts';
import { newStorageOf } from '../generic/store.ts';
import type { Strategy } from '../generic/strategy.ts';
import { LedgerLeases } from '../issuedtoken/leases.ts';
import { requesterOf } from '../issuedtoken/requester.ts';
import type { RequestContext, ResourceStorage } from '../rest.ts';
import { decodeRevocation } from './decode.ts';
import { leaseForRevocation } from './lease.ts';
import { settle } from './settle.ts';
import { TOKEN_REVOCATION_DEFINITION, tokenRevocationKeys, tokenRevocationStrategy } from './strategy.ts';
import { requirePast, resolveTarget, type Target, type TargetDeps } from './target.ts';

export interface TokenRevocationDeps extends RegistryDeps, TargetDeps {
  /** What this server enforces. */
  readonly revocations: { reached(revision: number): Promise<void> };
  readonly secrets: Pick<ObjectReader<Secret>, 'list'>;
}

export const REVOKED_ANNOTATION = 'identity.mayfly.dev/revoked';
export const REVOCATION_REASON_ANNOTATION = 'identity.mayfly.dev/revocation-reason';

const ENFORCED_WITHIN_MS = 10_000;

export function newTokenRevocationStorage(deps: TokenRevocationDeps): ResourceStorage {
  const kind = newKind(tokenRevocationStrategy as Strategy, deps);
  const leases = new LedgerLeases(deps);
  const { update: _update, delete: _delete, ...readable } = newStorageOf(kind); // final: not changed, not taken back
  return {
    ...readable,
    async create(context, object, options) {
      const sent = completed(object as TokenRevocation);
      requireValid(sent, deps.clock.nowMs());
      const target = await resolveTarget(deps, sent);
      annotate(context, sent, target);
      const revocation = {
        ...sent,
        spec: target.spec,
        status: { requestedBy: requesterOf(context), ...target.status },
      };
      const stored = await createObject(leased(leases, target, kind), context, revocation, options);
      if (options.dryRun) return stored;
      await enforced(deps, stored);
      await warnOfLegacyTokens(deps, context, target);
      return target.status.tokens === undefined ? await settled(deps, leases, context, stored) : stored;
    },
  };

  /** A name of ours where none was given; the status is the server's alone. */
  function completed({ metadata, spec }: TokenRevocation): TokenRevocation {
    const id = spec?.credentialID?.replace(/^JTI=/, ''); // as the audit log and TokenReviews write it
    const { generateName, ...named } = metadata ?? {};
    if (id !== undefined)
      return { metadata: { ...named, name: named.name || id }, spec: { ...spec, credentialID: id } };
    const name = named.name || (generateName === undefined ? deps.random.uuid() : '');
    return { metadata: { ...metadata, name }, spec };
  }
}

/** @throws StatusError Invalid */
function requireValid(revocation: TokenRevocation, nowMs: number): void {
  const errors = validateTokenRevocation(revocation);
  if (errors.length > 0) throw invalidError(TOKEN_REVOCATION_DEFINITION, revocation.metadata?.name ?? '', errors);
  requirePast(revocation, nowMs);
}

/** Who is in every audit event; these say what, and why. */
function annotate(context: RequestContext, { spec }: TokenRevocation, { text }: Target): void {
  context.annotate(REVOKED_ANNOTATION, spec.issuedBefore === undefined ? text : `${text} before ${spec.issuedBefore}`);
  if (spec.reason !== undefined) context.annotate(REVOCATION_REASON_ANNOTATION, spec.reason);
}

/** That of a single token ends with it; any other stands until its tokens have been found. */
function leased(leases: LedgerLeases, { status }: Target, kind: Kind): Kind {
  const { expirationTimestamp } = status;
  if (expirationTimestamp === undefined) return kind;
  return { ...kind, lease: { next: () => leaseForRevocation(leases, expirationTimestamp) } };
}

/** @throws StatusError Timeout when this server's view of the revocations does not move */
async function enforced({ revocations, clock }: TokenRevocationDeps, stored: KubernetesObject): Promise<void> {
  const late = Promise.withResolvers<never>();
  const timer = clock.setTimer(ENFORCED_WITHIN_MS, () =>
    late.reject(new StatusError('Timeout', 'the revocation is stored, but this server does not enforce it yet')),
  );
  try {
    await Promise.race([revocations.reached(Number(stored.metadata?.resourceVersion)), late.promise]);
  } finally {
    timer.cancel();
  }
}

/** A token in a Secret has no id and no time of issue to be meant by. */
async function warnOfLegacyTokens({ secrets }: TokenRevocationDeps, context: RequestContext, { spec }: Target) {
  const { serviceAccount } = spec;
  if (serviceAccount === undefined) return;
  const names = (await secrets.list(serviceAccount.namespace)).filter(isTokenOf(serviceAccount.name)).map(nameOf);
  if (names.length === 0) return;
  context.warn(`tokens in Secrets are not revoked; to end them delete the Secrets: ${names.slice(0, 10).join(', ')}`);
}

function isTokenOf(account: string): (secret: Secret) => boolean {
  return ({ type, metadata }) =>
    type === 'kubernetes.io/service-account-token' &&
    metadata?.annotations?.['kubernetes.io/service-account.name'] === account;
}

function nameOf({ metadata }: Secret): string {
  return metadata?.name ?? '';
}

/** The search may fail, or take longer than the caller waits: the revocation is in force, and is settled later. */
async function settled(
  deps: TokenRevocationDeps,
  leases: LedgerLeases,
  context: RequestContext,
  stored: KubernetesObject,
): Promise<KubernetesObject> {
  try {
    const pair = await settle({ store: deps.store, leases }, tokenRevocationKeys.key('', stored.metadata?.name ?? ''));
    return pair === undefined ? stored : decodeRevocation(pair);
  } catch (error) {
    deps.log.warn('the tokens of a revocation could not be counted yet', { error });
    context.warn('the tokens are revoked; they could not be counted yet');
    return stored;
  }
}
