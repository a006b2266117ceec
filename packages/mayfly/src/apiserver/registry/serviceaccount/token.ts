/**
 * `POST …/serviceaccounts/NAME/token`: issues a bound token.
 *
 * The steps run in upstream's order, so that of several faults the same one is reported. `dryRun` still issues a token,
 * as upstream does, and so it still leaves a ledger row.
 *
 * @see kubernetes/kubernetes pkg/registry/core/serviceaccount/storage/token.go; spec service-account-tokens §3.3
 */
import {
  setTokenRequestDefaults,
  type TokenRequest,
  validateTokenRequest,
} from '@mayfly/api/authentication/v1/token-request';
import type { KubernetesObject } from '@mayfly/api/meta/v1/object-meta';
import {
  conflictError,
  internalError,
  invalidError,
  notFoundError,
  StatusError,
} from '@mayfly/api/meta/v1/status-error';
import { formatTime } from '@mayfly/api/meta/v1/time';
import { invalid } from '@mayfly/api/validation/field-error';
import type { Clock } from '../../../clock/clock.ts';
import type { Log } from '../../../log/log.ts';
import type { Random } from '../../../random/random.ts';
import { credentialID } from '../../authentication/serviceaccount/user.ts';
import type { ReferencedObject, ServiceAccountGetter } from '../../serviceaccount/getter.ts';
import type { TokenIssuer } from '../../serviceaccount/issuer.ts';
import { issuancePolicy } from '../../serviceaccount/policy.ts';
import type { Ledger } from '../issuedtoken/ledger.ts';
import type { CreateOptions, RequestContext, SubresourceDefinition, SubresourceStorage } from '../rest.ts';
import { resolveBinding } from './bound-object.ts';
import { type Grant, ledgerEntryOf } from './grant.ts';
import { type PermitDeps, permitToken } from './permit.ts';
import { type StatusEntries, type StatusEntry, statusEntryOf } from './status-entry.ts';

export const ISSUED_CREDENTIAL_ID_ANNOTATION = 'authentication.kubernetes.io/issued-credential-id';

const GROUP = 'authentication.k8s.io';
const KIND = 'TokenRequest';

export interface TokenSubresourceDeps extends PermitDeps {
  readonly getter: ServiceAccountGetter;
  readonly issuer: TokenIssuer;
  readonly ledger: Pick<Ledger, 'record'>;
  /** Undefined: token status lists cannot be published. */
  readonly statusEntries: StatusEntries | undefined;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

const definition: SubresourceDefinition = {
  name: 'token',
  verbs: ['create'],
  group: GROUP,
  version: 'v1',
  kind: KIND,
  schema: 'authentication/v1.TokenRequest',
};

/** The `token` subresource of `serviceaccounts`. The endpoints have authorized, decoded and run mutating admission. */
export function newTokenSubresource(deps: TokenSubresourceDeps): SubresourceStorage {
  return {
    definition,
    create: (context, name, object, options) => createToken(deps, context, name, object as TokenRequest, options),
  };
}

async function createToken(
  deps: TokenSubresourceDeps,
  context: RequestContext,
  name: string,
  sent: TokenRequest,
  options: CreateOptions,
): Promise<KubernetesObject> {
  requireSameName(name, sent);
  const serviceAccount = await deps.getter.serviceAccount(context.namespace, name);
  if (serviceAccount === undefined) throw notFoundError({ group: '', resource: 'serviceaccounts' }, name);
  requireSameUID(name, sent, serviceAccount);
  const nowMs = deps.clock.nowMs();
  const request = completed(sent, { context, name, serviceAccount, nowMs, apiAudiences: deps.rules.apiAudiences });
  const faults = validateTokenRequest(request);
  if (faults.length > 0) throw invalidError({ group: GROUP, kind: KIND }, '', faults); // sic: upstream names no object
  await options.validate(request);
  const isWish = typeof sent.spec?.expirationSeconds === 'number';
  const grant = await decideGrant(deps, { context, request, serviceAccount, isWish, nowMs });
  const entry = await statusEntryOf(deps.statusEntries, serviceAccount, grant.issuedAt + grant.plan.tokenSeconds);
  const token = await issue(deps, context, grant, entry);
  for (const warning of grant.warnings) context.warn(warning);
  context.annotate(ISSUED_CREDENTIAL_ID_ANNOTATION, credentialID(grant.jti));
  return responseOf(grant, token);
}

function requireSameName(name: string, { metadata }: TokenRequest): void {
  const sent = metadata?.name ?? '';
  if (sent === '' || sent === name) return;
  const fault = invalid('metadata.name', sent, 'must match the service account name if specified');
  throw invalidError({ group: GROUP, kind: KIND }, name, [fault]);
}

/** Unlike on any other create, the uid is a precondition here. */
function requireSameUID(name: string, { metadata }: TokenRequest, serviceAccount: ReferencedObject): void {
  const sent = metadata?.uid ?? '';
  const uid = serviceAccount.metadata.uid ?? '';
  if (sent === '' || sent === uid) return;
  throw conflictError(
    { group: GROUP, resource: KIND }, // sic: the Kind
    name,
    `the UID in the token request (${sent}) does not match the UID of the service account (${uid})`,
  );
}

interface Completion {
  readonly context: RequestContext;
  readonly name: string;
  readonly serviceAccount: ReferencedObject;
  readonly nowMs: number;
  readonly apiAudiences: readonly string[];
}

/** A copy with everything filled in, as validation and validating admission see it. Status is the server's alone. */
function completed(
  sent: TokenRequest,
  { context, name, serviceAccount, nowMs, apiAudiences }: Completion,
): TokenRequest {
  const { managedFields: _, ...metadata } = sent.metadata ?? {};
  const spec = sent.spec ?? { audiences: null };
  const request: TokenRequest = {
    kind: KIND,
    apiVersion: `${GROUP}/v1`,
    metadata: {
      ...metadata,
      name,
      namespace: context.namespace,
      uid: serviceAccount.metadata.uid ?? '',
      creationTimestamp: formatTime(nowMs),
    },
    spec: {
      ...spec,
      audiences: spec.audiences?.length ? [...spec.audiences] : [...apiAudiences],
      boundObjectRef: spec.boundObjectRef ?? null,
    },
    status: { token: '', expirationTimestamp: null },
  };
  setTokenRequestDefaults(request);
  return request;
}

interface Asked {
  readonly context: RequestContext;
  readonly request: TokenRequest;
  readonly serviceAccount: ReferencedObject;
  /** Whether the caller named a lifetime. */
  readonly isWish: boolean;
  readonly nowMs: number;
}

/** Upstream's checks all come first: a request it would refuse is refused here with its text. */
async function decideGrant(deps: TokenSubresourceDeps, asked: Asked): Promise<Grant> {
  const { context, request, nowMs } = asked;
  const { name = '', namespace = '', uid = '' } = request.metadata ?? {};
  const audiences = request.spec.audiences ?? [];
  const binding = await resolveBinding(
    { namespace: context.namespace, serviceAccountName: name, ref: request.spec.boundObjectRef },
    deps.getter,
  );
  const policy = issuancePolicy({
    namespace: await deps.getter.namespace(context.namespace),
    serviceAccount: asked.serviceAccount,
  });
  const expiration = {
    requestedSeconds: request.spec.expirationSeconds ?? 0, // defaulted above
    isWish: asked.isWish,
    isBoundToPod: binding.kind === 'Pod',
    audiences,
  };
  const issuedAt = Math.floor(nowMs / 1000);
  return {
    request,
    serviceAccount: { name, namespace, uid },
    binding,
    ...permitToken(deps, name, policy, expiration, nowMs),
    audiences,
    issuedAt,
    jti: deps.random.uuid(),
  };
}

/** Signs and records; both must succeed before the token leaves. */
async function issue(
  deps: TokenSubresourceDeps,
  context: RequestContext,
  grant: Grant,
  entry: StatusEntry | undefined,
): Promise<string> {
  const { plan, issuedAt, serviceAccount } = grant;
  const claims = {
    namespace: serviceAccount.namespace,
    serviceAccount,
    binding: grant.binding,
    audiences: grant.audiences,
    issuedAt,
    expiresAt: issuedAt + plan.tokenSeconds,
    warnAfter: plan.warnAfterSeconds === undefined ? undefined : issuedAt + plan.warnAfterSeconds,
    jti: grant.jti,
    status: entry?.claim,
  };
  try {
    const { issuer } = deps.issuer;
    return await deps.issuer.issue(claims, (keyID) =>
      deps.ledger.record(ledgerEntryOf(grant, context, { issuer, keyID }, entry)),
    );
  } catch (error) {
    if (error instanceof StatusError) throw error; // the ledger's: it says what the store could not do
    deps.log.error('a service account token could not be issued', { error });
    throw internalError(`failed to generate token: ${error instanceof Error ? error.message : 'unknown'}`, error);
  }
}

/** Reports the lifetime that was asked for, cut to the maximum: an extension is between us and old programs. */
function responseOf({ request, plan, issuedAt }: Grant, token: string): TokenRequest {
  return {
    ...request,
    spec: { ...request.spec, expirationSeconds: plan.reportedSeconds },
    status: { token, expirationTimestamp: formatTime((issuedAt + plan.reportedSeconds) * 1000) },
  };
}
