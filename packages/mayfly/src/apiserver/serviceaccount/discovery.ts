/**
 * What relying parties fetch to verify our tokens: the OIDC discovery document and the key set, as ready bodies.
 *
 * Rendered once and again when the keyring changes. Who may fetch them, and the HTTP around them, is the endpoints'.
 *
 * @see kubernetes/kubernetes pkg/serviceaccount/openidmetadata.go, pkg/routes/openidmetadata.go;
 *   OpenID Connect Discovery 1.0 §3; spec service-account-tokens §7
 */
import { jsonWebKeySet } from '../../jose/jwk.ts';
import type { KeyringSnapshot } from './keyring.ts';

export const OPENID_CONFIGURATION_PATH = '/.well-known/openid-configuration';
export const JWKS_PATH = '/openid/v1/jwks';

/** How long relying parties may keep the key set: a key is published for longer before it signs. */
export const KEY_SET_MAX_AGE_SECONDS = 3600;

/** A trailing slash on the path also matches. GET only; else 405 with `Allow: GET`. */
export interface DiscoveryDocument {
  readonly path: string;
  readonly contentType: string;
  readonly cacheControl: string;
  readonly body: Buffer;
}

export type Discovery =
  | { readonly enabled: true; readonly documents: readonly DiscoveryDocument[] }
  | { readonly enabled: false; readonly reason: string };

export interface DiscoveryOptions {
  /** The first configured issuer. */
  readonly issuer: string;
  /** `--service-account-jwks-uri`; empty: on this server. */
  readonly jwksURI: string;
  /** Host and port by which relying parties reach this server, for the default `jwks_uri`. */
  readonly externalAddress: string;
}

/** @returns undefined when the flag may be used */
export function jwksURIFault(jwksURI: string): string | undefined {
  if (jwksURI === '' || (URL.canParse(jwksURI) && new URL(jwksURI).protocol === 'https:')) return undefined;
  return `service-account-jwks-uri requires https scheme, parsed as: ${jwksURI}`;
}

/**
 * Renders both documents, or says why there are none. The server runs either way.
 *
 * @param keys the keyring now; call again when its generation changes
 */
export function renderDiscovery(options: DiscoveryOptions, keys: KeyringSnapshot): Discovery {
  const published = keys.entries.filter(({ isPublished }) => isPublished).map(({ key }) => key);
  const reason = issuerRefusal(options.issuer) ?? (published.length === 0 ? NO_KEYS : undefined);
  if (reason !== undefined) return { enabled: false, reason: NOT_ENABLED + reason };
  const configuration = {
    issuer: options.issuer,
    jwks_uri: options.jwksURI === '' ? `https://${options.externalAddress}${JWKS_PATH}` : options.jwksURI,
    response_types_supported: ['id_token'],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: [...new Set(published.map(({ alg }) => alg))].sort(),
  };
  return {
    enabled: true,
    documents: [
      newDocument(OPENID_CONFIGURATION_PATH, 'application/json', configuration),
      newDocument(JWKS_PATH, 'application/jwk-set+json', jsonWebKeySet(published)),
    ],
  };
}

const NO_KEYS = 'no keys provided for validating keyset';
const NOT_ENABLED =
  'Could not construct pre-rendered responses for ServiceAccountIssuerDiscovery endpoints. Endpoints will not be enabled. Error: ';

function issuerRefusal(issuer: string): string | undefined {
  const url = URL.canParse(issuer) ? new URL(issuer) : undefined;
  if (url?.protocol !== 'https:') return `issuer URL must use https scheme, got: ${issuer}`;
  if (issuer.includes('?')) return `issuer URL may not include a query, got: ${issuer}`;
  return issuer.includes('#') ? `issuer URL may not include a fragment, got: ${issuer}` : undefined;
}

function newDocument(path: string, contentType: string, content: object): DiscoveryDocument {
  return {
    path,
    contentType,
    cacheControl: `public, max-age=${KEY_SET_MAX_AGE_SECONDS}`,
    body: Buffer.from(goJSON(content)),
  };
}

const GO_ESCAPES: Readonly<Record<string, string>> = {
  '<': '\\u003c',
  '>': '\\u003e',
  '&': '\\u0026',
  '\u2028': '\\u2028',
  '\u2029': '\\u2029',
};

/** JSON as Go's encoder writes it: safe inside HTML. */
function goJSON(value: object): string {
  return JSON.stringify(value).replace(/[<>&\u2028\u2029]/g, (char) => GO_ESCAPES[char] ?? char);
}

/**
 * Says whether an `Accept` header admits a document: it must list any type (star slash star) or the exact type, as go-restful has it.
 *
 * @param accept the header; undefined or empty admits everything
 */
export function acceptsContentType(accept: string | undefined, contentType: string): boolean {
  if (accept === undefined || accept === '') return true;
  return accept.split(',').some((range) => {
    const type = range.split(';', 1)[0]?.trim();
    return type === '*/*' || type === contentType;
  });
}
