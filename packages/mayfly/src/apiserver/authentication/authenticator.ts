/**
 * How a request becomes a user: three answers, never more.
 *
 * An authenticator knows users and credentials, not storage and not HTTP responses. A refused credential is a value; the
 * union decides what follows from it. Failure texts are for the log and for TokenReview; they hold no credential.
 *
 * @see kubernetes/apiserver pkg/authentication/authenticator/interfaces.go; spec authentication §2–§5
 */
import type { UserInfo } from '@mayfly/api/user/user';
import type { Awaitable } from '../../awaitable.ts';

/** Why credentials were refused: distinct texts in order of appearance. */
export interface AuthenticationFailure {
  readonly messages: readonly string[];
}

export type Authentication =
  | { readonly outcome: 'no-opinion' } // carries no credential of this kind
  | {
      readonly outcome: 'authenticated';
      readonly user: UserInfo;
      /** Empty: this authenticator knows no audiences (X.509). */
      readonly audiences: readonly string[];
    }
  | { readonly outcome: 'failed'; readonly failure: AuthenticationFailure };

export const NO_OPINION: Authentication = { outcome: 'no-opinion' };

export function failed(...messages: string[]): Authentication {
  return { outcome: 'failed', failure: { messages } };
}

/** What the caller of an authenticator wants to know beside the verdict. */
export interface AuthenticationContext {
  /** Audiences of which one must be the credential's; undefined: the caller asked for none. */
  readonly audiences: readonly string[] | undefined;
  /** A `Warning: 299` header of the response. */
  warn(text: string): void;
  /** An annotation of the audit event; the first value of a key stays. */
  annotate(key: string, value: string): void;
}

/** Verifies a bearer token. `token` is not empty and holds no white space. */
export interface TokenAuthenticator {
  authenticateToken(token: string, context: AuthenticationContext): Awaitable<Authentication>;
}

/** The parts of a request that can carry a credential. Built from `rawHeaders`, so repeated headers are all there. */
export interface CredentialSource extends AuthenticationContext {
  /** All values of a header in order; name in lower case. Empty when absent. */
  headerValues(name: string): readonly string[];
  /** Names of all headers, lower case, for prefix matches. */
  headerNames(): readonly string[];
  /** DER certificates the peer sent, leaf first, exactly those; undefined when it sent none. Read once a connection. */
  readonly peerCertificates: readonly Uint8Array[] | undefined;
  /** URL path, decoded. */
  readonly path: string;
}

export interface RequestAuthenticator {
  authenticateRequest(request: CredentialSource): Awaitable<Authentication>;
}
