/**
 * The order in which authenticators are asked, written once.
 *
 * Absent strategies are undefined: an absent one can only narrow what is let in. Anonymous access is asked for by name.
 *
 * @see kubernetes/kubernetes pkg/kubeapiserver/authenticator/config.go; spec authentication §2
 */
import { AnonymousAuthenticator, type AnonymousConfig } from './anonymous/anonymous.ts';
import { audienceAgnosticRequest, audienceAgnosticToken } from './audiences.ts';
import type { RequestAuthenticator, TokenAuthenticator } from './authenticator.ts';
import { BearerAuthenticator } from './bearer.ts';
import { addingAuthenticatedGroup, addingAuthenticatedTokenGroup } from './group/authenticated-group-adder.ts';
import { continueTokenUnion, continueUnion, failFastUnion } from './union.ts';
import { WebSocketAuthenticator } from './websocket/websocket.ts';

/** One member for each place in the chain. */
export interface AuthenticatorChainDeps {
  readonly apiAudiences: readonly string[];
  /** The server's own token. */
  readonly loopback: TokenAuthenticator;
  readonly requestHeader: RequestAuthenticator | undefined;
  readonly passwordFile: RequestAuthenticator | undefined;
  readonly keystone: RequestAuthenticator | undefined;
  readonly x509: RequestAuthenticator | undefined;
  readonly tokenFile: TokenAuthenticator | undefined;
  readonly serviceAccount: TokenAuthenticator | undefined;
  readonly bootstrapToken: TokenAuthenticator | undefined;
  readonly jwt: TokenAuthenticator | undefined;
  readonly webhook: TokenAuthenticator | undefined;
  readonly anonymous: AnonymousConfig;
  /** Puts the token cache in front of all token authenticators together. */
  readonly cached: (tokens: TokenAuthenticator) => TokenAuthenticator;
}

/** Builds the whole chain. It is asked for every request, and for every TokenReview. */
export function newAuthenticatorChain(deps: AuthenticatorChainDeps): RequestAuthenticator {
  const agnosticToken = (inner: TokenAuthenticator | undefined) =>
    inner && audienceAgnosticToken(deps.apiAudiences, inner);
  const agnosticRequest = (inner: RequestAuthenticator | undefined) =>
    inner && audienceAgnosticRequest(deps.apiAudiences, inner);

  const tokens = present([
    agnosticToken(deps.tokenFile),
    deps.serviceAccount, // before any OIDC issuer, so that our own tokens never cause a fetch
    agnosticToken(deps.bootstrapToken),
    agnosticToken(deps.jwt),
    deps.webhook, // knows audiences itself
  ]);
  // Also of none: a bearer token must not pass for nothing.
  const cachedTokens = deps.cached(addingAuthenticatedTokenGroup(continueTokenUnion(tokens)));

  const identified = present([
    agnosticRequest(deps.requestHeader),
    agnosticRequest(deps.passwordFile),
    agnosticRequest(deps.keystone),
    deps.x509, // reports no audiences
    new BearerAuthenticator(cachedTokens),
    new WebSocketAuthenticator(cachedTokens),
  ]);

  const outward = present([
    addingAuthenticatedGroup(continueUnion(identified)),
    deps.anonymous.enabled ? new AnonymousAuthenticator(deps.anonymous) : undefined,
  ]);

  return continueUnion([
    new BearerAuthenticator(audienceAgnosticToken(deps.apiAudiences, deps.loopback)),
    failFastUnion(outward),
  ]);
}

function present<T>(members: readonly (T | undefined)[]): readonly T[] {
  return members.filter((member) => member !== undefined);
}
