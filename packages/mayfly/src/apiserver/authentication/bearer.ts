/**
 * Takes the bearer token out of the `Authorization` header and asks the token authenticators.
 *
 * The filter removes the header after success, whoever succeeded, so nothing behind it can log or forward the token.
 *
 * @see kubernetes/apiserver pkg/authentication/request/bearertoken/bearertoken.go; spec authentication §7
 */
import { type Awaitable, whenThere } from '../../awaitable.ts';
import {
  type Authentication,
  type CredentialSource,
  failed,
  NO_OPINION,
  type RequestAuthenticator,
  type TokenAuthenticator,
} from './authenticator.ts';

/** What TokenReview shows for a token that nobody recognises. */
export const INVALID_BEARER_TOKEN: Authentication = failed('invalid bearer token');

const EXTRA_SPACE_WARNING =
  'the provided Authorization header contains extra space before the bearer token, and is ignored';

export type BearerHeader =
  | { readonly form: 'absent' } // no header, or another scheme
  | { readonly form: 'extra-space' } // two spaces after the scheme: ignored, with a warning
  | { readonly form: 'token'; readonly token: string };

const ABSENT: BearerHeader = { form: 'absent' };

/**
 * Reads an `Authorization` header: trimmed, split at single spaces, the scheme in any case; a third part is ignored.
 *
 * @param value untrusted
 */
export function parseBearerHeader(value: string): BearerHeader {
  if (isPlain(value)) return { form: 'token', token: value.slice(PLAIN_PREFIX.length) };
  const [scheme = '', token, third] = value.trim().split(' ', 3);
  if (token === undefined || scheme.toLowerCase() !== 'bearer') return ABSENT;
  if (token !== '') return { form: 'token', token };
  return third === undefined ? ABSENT : { form: 'extra-space' };
}

const PLAIN_PREFIX = 'Bearer ';

/** What nearly every client sends, told apart without taking a long header to pieces. */
function isPlain(value: string): boolean {
  const last = value.charCodeAt(value.length - 1);
  return value.startsWith(PLAIN_PREFIX) && last > 0x20 && last < 0x7f && !value.includes(' ', PLAIN_PREFIX.length);
}

export class BearerAuthenticator implements RequestAuthenticator {
  readonly #tokens: TokenAuthenticator;

  constructor(tokens: TokenAuthenticator) {
    this.#tokens = tokens;
  }

  authenticateRequest(request: CredentialSource): Awaitable<Authentication> {
    const first = request.headerValues('authorization')[0];
    if (first === undefined) return NO_OPINION;
    const header = parseBearerHeader(first);
    if (header.form === 'extra-space') request.warn(EXTRA_SPACE_WARNING);
    if (header.form !== 'token') return NO_OPINION;
    return whenThere(this.#tokens.authenticateToken(header.token, request), orInvalid);
  }
}

/** A token that nobody recognises is refused: it must not pass for none. */
export function orInvalid(answer: Authentication): Authentication {
  return answer.outcome === 'no-opinion' ? INVALID_BEARER_TOKEN : answer;
}
