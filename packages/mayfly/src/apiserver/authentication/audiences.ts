/**
 * The audience check: a credential for somebody else is no credential here.
 *
 * @see kubernetes/apiserver pkg/authentication/authenticator/{audiences,audagnostic}.go; spec authentication §5
 */
import { goQuoteList } from '@mayfly/api/validation/field-error';
import { type Awaitable, whenThere } from '../../awaitable.ts';
import {
  type Authentication,
  type AuthenticationContext,
  failed,
  NO_OPINION,
  type RequestAuthenticator,
  type TokenAuthenticator,
} from './authenticator.ts';

/**
 * The members of `wanted` that are in `held`, in `wanted`'s order, repeats kept.
 *
 * The same array twice is its own intersection: every ordinary request asks for the API audiences.
 */
export function intersectAudiences(wanted: readonly string[], held: readonly string[]): readonly string[] {
  return wanted === held ? wanted : wanted.filter((audience) => held.includes(audience));
}

/**
 * May a request answered with `held` audiences pass where `wanted` are asked for? An empty side asks for nothing.
 *
 * The filter's last look after the chain has said yes (step 4 of spec authentication §1).
 */
export function audiencesMeet(wanted: readonly string[], held: readonly string[]): boolean {
  return wanted.length === 0 || held.length === 0 || wanted.some((audience) => held.includes(audience));
}

/** Gives a token authenticator that knows no audiences those of the API: it stays silent when asked for others. */
export function audienceAgnosticToken(apiAudiences: readonly string[], inner: TokenAuthenticator): TokenAuthenticator {
  return {
    authenticateToken: (token, context) =>
      withAPIAudiences(apiAudiences, context, () => inner.authenticateToken(token, context)),
  };
}

/** `audienceAgnosticToken` for request authenticators (front proxy, Basic). */
export function audienceAgnosticRequest(
  apiAudiences: readonly string[],
  inner: RequestAuthenticator,
): RequestAuthenticator {
  return {
    authenticateRequest: (request) => withAPIAudiences(apiAudiences, request, () => inner.authenticateRequest(request)),
  };
}

function withAPIAudiences(
  apiAudiences: readonly string[],
  context: AuthenticationContext,
  ask: () => Awaitable<Authentication>,
): Awaitable<Authentication> {
  if (context.audiences === undefined) return ask();
  const audiences = intersectAudiences(context.audiences, apiAudiences);
  return audiences.length === 0 ? NO_OPINION : whenThere(ask(), (answer) => forAudiences(answer, audiences));
}

function forAudiences(answer: Authentication, audiences: readonly string[]): Authentication {
  if (answer.outcome !== 'authenticated') return answer;
  if (answer.audiences.length > 0) {
    return failed(
      `audience agnostic authenticator wrapped an authenticator that returned audiences: ${goQuoteList(answer.audiences)}`,
    );
  }
  return { outcome: 'authenticated', user: answer.user, audiences };
}
