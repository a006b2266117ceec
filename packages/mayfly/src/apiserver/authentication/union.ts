/**
 * Several authenticators as one. The first success wins; what happens after a failure is the difference between the two.
 *
 * @see kubernetes/apiserver pkg/authentication/request/union, token/union; spec authentication §3
 */
import type { Awaitable } from '../../awaitable.ts';
import {
  type Authentication,
  type AuthenticationFailure,
  type CredentialSource,
  NO_OPINION,
  type RequestAuthenticator,
  type TokenAuthenticator,
} from './authenticator.ts';

/** Asks each in turn; remembers failures and goes on. At the end: all failures together, or no opinion. */
export function continueUnion(members: readonly RequestAuthenticator[]): RequestAuthenticator {
  const [only] = members;
  if (members.length === 1 && only) return only;
  return { authenticateRequest: (request) => askEach(members, (member) => member.authenticateRequest(request)) };
}

/** `continueUnion` for tokens. */
export function continueTokenUnion(members: readonly TokenAuthenticator[]): TokenAuthenticator {
  const [only] = members;
  if (members.length === 1 && only) return only;
  return {
    authenticateToken: (token, context) => askEach(members, (member) => member.authenticateToken(token, context)),
  };
}

/** Asks each in turn and stops at the first failure, so a bad credential is never demoted to what comes after. */
export function failFastUnion(members: readonly RequestAuthenticator[]): RequestAuthenticator {
  const [only] = members;
  if (members.length === 1 && only) return only;
  return {
    authenticateRequest: (request) => askUntilOpinion(members, request, 0),
  };
}

function askUntilOpinion(
  members: readonly RequestAuthenticator[],
  request: CredentialSource,
  from: number,
): Awaitable<Authentication> {
  for (let i = from; i < members.length; i++) {
    const answer = (members[i] as RequestAuthenticator).authenticateRequest(request);
    if (answer instanceof Promise) {
      return answer.then((came) => (came.outcome === 'no-opinion' ? askUntilOpinion(members, request, i + 1) : came));
    }
    if (answer.outcome !== 'no-opinion') return answer;
  }
  return NO_OPINION;
}

const NO_FAILURES: readonly AuthenticationFailure[] = [];

/** Asks each member until one says yes; else all failures together, or no opinion. */
export function askEach<T>(
  members: readonly T[],
  ask: (member: T) => Awaitable<Authentication>,
  from = 0,
  failures = NO_FAILURES,
): Awaitable<Authentication> {
  let before = failures;
  if (members.length === 1) return ask(members[0] as T);
  for (let i = from; i < members.length; i++) {
    const answer = ask(members[i] as T);
    if (answer instanceof Promise) return goOn(answer, i + 1, before);
    if (answer.outcome === 'authenticated') return answer;
    if (answer.outcome === 'failed') before = [...before, answer.failure];
  }
  return before.length === 0 ? NO_OPINION : combined(before);

  function goOn(
    pending: Promise<Authentication>,
    next: number,
    known: readonly AuthenticationFailure[],
  ): Promise<Authentication> {
    return pending.then((answer) => {
      if (answer.outcome === 'authenticated') return answer;
      return askEach(members, ask, next, answer.outcome === 'failed' ? [...known, answer.failure] : known);
    });
  }
}

function combined(failures: readonly AuthenticationFailure[]): Authentication {
  return { outcome: 'failed', failure: { messages: [...new Set(failures.flatMap(({ messages }) => messages))] } };
}

/**
 * The text of a failure: one message prints bare, several as `[a, b]`, repeats once.
 *
 * For the log and for TokenReview; never for the caller of an ordinary request.
 *
 * @see kubernetes/apimachinery pkg/util/errors/errors.go, aggregate.Error
 */
export function failureText({ messages }: AuthenticationFailure): string {
  const distinct = [...new Set(messages)];
  return distinct.length === 1 ? (distinct[0] ?? '') : `[${distinct.join(', ')}]`;
}
