/**
 * A bearer token inside `Sec-WebSocket-Protocol`, for browsers, whose WebSocket API can set no other header.
 *
 * @see kubernetes/apiserver pkg/authentication/request/websocket/protocol.go; spec authentication §8
 */
import { decodeBase64url } from '@mayfly/sdk/verify/base64url';
import { type Awaitable, whenThere } from '../../../awaitable.ts';
import {
  type Authentication,
  type CredentialSource,
  failed,
  NO_OPINION,
  type RequestAuthenticator,
  type TokenAuthenticator,
} from '../authenticator.ts';
import { orInvalid } from '../bearer.ts';

const BEARER_PROTOCOL_PREFIX = 'base64url.bearer.authorization.k8s.io.';

const PROTOCOL_HEADER = 'sec-websocket-protocol';

export type ProtocolToken =
  | { readonly form: 'absent' }
  | { readonly form: 'malformed'; readonly message: string }
  | { readonly form: 'token'; readonly token: string };

/** The protocols a server may choose from once the token has been used: all but the one that carried it. */
export function remainingProtocols(values: readonly string[]): readonly string[] {
  return protocolsOf(values).filter((protocol) => !protocol.startsWith(BEARER_PROTOCOL_PREFIX));
}

/**
 * Finds the token among the sub-protocols offered.
 *
 * @param values all values of `Sec-WebSocket-Protocol`, untrusted
 */
export function protocolToken(values: readonly string[]): ProtocolToken {
  const carriers = protocolsOf(values).filter((protocol) => protocol.startsWith(BEARER_PROTOCOL_PREFIX));
  const [carrier] = carriers;
  if (carrier === undefined) return { form: 'absent' };
  if (carriers.length > 1) return malformed('multiple base64.bearer.authorization tokens specified');
  const bytes = decodeBase64url(carrier.slice(BEARER_PROTOCOL_PREFIX.length));
  if (bytes === undefined) return malformed('invalid base64.bearer.authorization token encoding');
  const token = decodeUTF8(bytes);
  if (token === undefined) return malformed('invalid base64.bearer.authorization token');
  if (token === '') return { form: 'absent' };
  if (remainingProtocols(values).length === 0) return malformed('missing additional subprotocol');
  return { form: 'token', token };
}

function malformed(message: string): ProtocolToken {
  return { form: 'malformed', message };
}

function protocolsOf(values: readonly string[]): readonly string[] {
  return values.flatMap((value) => value.split(',')).map((protocol) => protocol.trim());
}

function decodeUTF8(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined; // the caller names the fault
  }
}

export class WebSocketAuthenticator implements RequestAuthenticator {
  readonly #tokens: TokenAuthenticator;

  constructor(tokens: TokenAuthenticator) {
    this.#tokens = tokens;
  }

  authenticateRequest(request: CredentialSource): Awaitable<Authentication> {
    if (!isUpgrade(request)) return NO_OPINION;
    const found = protocolToken(request.headerValues(PROTOCOL_HEADER));
    if (found.form === 'absent') return NO_OPINION;
    if (found.form === 'malformed') return failed(found.message);
    return whenThere(this.#tokens.authenticateToken(found.token, request), orInvalid);
  }
}

function isUpgrade(request: CredentialSource): boolean {
  if (request.headerValues('upgrade')[0]?.toLowerCase() !== 'websocket') return false;
  return request.headerValues('connection').some((value) => value.toLowerCase().includes('upgrade'));
}
