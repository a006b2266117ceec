/**
 * Several authenticators as one. The first success wins; what happens after a failure is the difference between the two.
 *
 * @see kubernetes/apiserver pkg/authentication/request/union, token/union; spec authentication §3
 */
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
  return { authenticateRequest: (request) => askAll(members, (member) => member.authenticateRequest(request)) };
}

/** `continueUnion` for tokens. */
export function continueTokenUnion(members: readonly TokenAuthenticator[]): TokenAuthenticator {
  const [only] = members;
  if (members.length === 1 && only) return only;
  return {
    authenticateToken: (token, context) => askAll(members, (member) => member.authenticateToken(token, context)),
  };
}

/** Asks each in turn and stops at the first failure, so a bad credential is never demoted to what comes after. */
export function failFastUnion(members: readonly RequestAuthenticator[]): RequestAuthenticator {
  const [only] = members;
  if (members.length === 1 && only) return only;
  return {
    async authenticateRequest(request: CredentialSource): Promise<Authentication> {
      for (const member of members) {
        const answer = await member.authenticateRequest(request);
        if (answer.outcome !== 'no-opinion') return answer;
      }
      return NO_OPINION;
    },
  };
}

async function askAll<T>(members: readonly T[], ask: (member: T) => Promise<Authentication>): Promise<Authentication> {
  const failures: AuthenticationFailure[] = [];
  for (const member of members) {
    const answer = await ask(member);
    if (answer.outcome === 'authenticated') return answer;
    if (answer.outcome === 'failed') failures.push(answer.failure);
  }
  if (failures.length === 0) return NO_OPINION;
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
