/**
 * TokenReview: asks the whole authenticator chain about a token, as if it had come as a bearer header.
 *
 * A bad token is an answer, not an error. Warnings and annotations of the review are nobody's: they belong to the use of
 * a token, not to a question about it.
 *
 * @see kubernetes/kubernetes pkg/registry/authentication/tokenreview/storage.go; spec service-account-tokens §5,
 *   authentication §22
 */
import type { TokenReview, TokenReviewStatus } from '@mayfly/api/authentication/v1/token-review';
import { badRequestError, internalError } from '@mayfly/api/meta/v1/status-error';
import type { UserInfo } from '@mayfly/api/user/user';
import { intersectAudiences } from '../../authentication/audiences.ts';
import type { Authentication, CredentialSource, RequestAuthenticator } from '../../authentication/authenticator.ts';
import { INVALID_BEARER_TOKEN } from '../../authentication/bearer.ts';
import { failureText } from '../../authentication/union.ts';
import type { RequestContext, ResourceDefinition, ResourceStorage } from '../rest.ts';
import { wireUserOf } from './wire-user.ts';

const definition: ResourceDefinition = {
  group: 'authentication.k8s.io',
  version: 'v1',
  resource: 'tokenreviews',
  singular: 'tokenreview',
  kind: 'TokenReview',
  namespaced: false,
  verbs: ['create'],
  schema: 'authentication/v1.TokenReview',
};

export interface TokenReviewDeps {
  /** The chain of `order.ts`. */
  readonly authenticator: RequestAuthenticator;
  readonly apiAudiences: readonly string[];
  /** Told of each token found good, with the reviewer's request. */
  readonly onReviewed: (user: UserInfo, reviewer: RequestContext) => void;
}

export function newTokenReviewStorage(deps: TokenReviewDeps): ResourceStorage {
  return {
    definition,
    async create(context, object, options) {
      const sent = object as TokenReview;
      const token = sent.spec?.token ?? '';
      if (token === '') throw badRequestError('token is required for TokenReview in authentication');
      await options.validate(sent);
      const wanted = sent.spec.audiences?.length ? sent.spec.audiences : deps.apiAudiences;
      const answer = await ask(deps.authenticator, token, wanted);
      const status = statusOf(answer, wanted);
      if (answer.outcome === 'authenticated') deps.onReviewed(answer.user, context);
      return { kind: 'TokenReview', apiVersion: 'authentication.k8s.io/v1', metadata: {}, spec: sent.spec, status };
    },
  };
}

/**
 * Differs: upstream splits a token at white space as it would a header, and takes a blank one for no credential, which
 * makes it anonymous and "authenticated". Here such a token is what it is: not valid.
 */
async function ask(
  authenticator: RequestAuthenticator,
  token: string,
  audiences: readonly string[],
): Promise<Authentication> {
  if (/\s/.test(token) || !token.isWellFormed()) return INVALID_BEARER_TOKEN;
  const answer = await authenticator.authenticateRequest(new ReviewedCredential(token, audiences));
  return answer.outcome === 'no-opinion' ? INVALID_BEARER_TOKEN : answer;
}

function statusOf(answer: Authentication, wanted: readonly string[]): TokenReviewStatus {
  if (answer.outcome !== 'authenticated') {
    return { user: {}, ...(answer.outcome === 'failed' && { error: failureText(answer.failure) }) };
  }
  const common = intersectAudiences(wanted, answer.audiences);
  if (wanted.length > 0 && common.length === 0) throw internalError('error validating audiences');
  return { authenticated: true, user: wireUserOf(answer.user), audiences: [...answer.audiences] };
}

const NONE: readonly string[] = [];
const NAMES: readonly string[] = ['authorization'];

/** A request that is nothing but a bearer header. It has no peer, so no certificate can stand in for the token. */
class ReviewedCredential implements CredentialSource {
  readonly audiences: readonly string[];
  readonly peerCertificates = undefined;
  readonly path = '';
  readonly #authorization: readonly string[];

  constructor(token: string, audiences: readonly string[]) {
    this.audiences = audiences;
    this.#authorization = [`Bearer ${token}`];
  }

  headerValues(name: string): readonly string[] {
    return name === 'authorization' ? this.#authorization : NONE;
  }

  headerNames(): readonly string[] {
    return NAMES;
  }

  warn(): void {
    // a review's warnings have no reader
  }

  annotate(): void {
    // nor have its annotations
  }
}
