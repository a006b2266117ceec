/**
 * What of a server's answers may be put where relying parties read it. Pure: no network, no disk.
 *
 * A key set that cannot be read, or is empty, must never take the place of one that works; and a private key must never
 * get there, whatever the server says.
 *
 * @see OpenID Connect Discovery 1.0 §3; RFC 7517 §5; draft-ietf-oauth-status-list §8
 */
import { JWKS_PATH, OPENID_CONFIGURATION_PATH } from '../apiserver/serviceaccount/discovery.ts';
import { STATUS_LISTS_PATH } from '../apiserver/serviceaccount/statuslist/uri.ts';

/** Where the documents come from and where relying parties will find them. */
export interface Place {
  /** Of the API server. */
  readonly server: string;
  /** Below which the directory is served, without a slash at the end; undefined: what the server says is right. */
  readonly url: string | undefined;
}

/** @returns undefined when the URL may be told to relying parties */
export function placeFault(url: string): string | undefined {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed?.protocol === 'https:' && parsed.search === '' && parsed.hash === '') return undefined;
  return `--url must be an https URL without query and fragment; found "${url}"`;
}

/**
 * The discovery document, leading to the published key set: as the server has it except for `jwks_uri`, where a URL is given.
 *
 * @throws Error when it is none, or would lead relying parties back to the API server
 */
export function publishedConfiguration(body: string, { server, url }: Place): string {
  const { issuer, jwks_uri: jwksURI } = parseObject(body);
  if (typeof issuer !== 'string' || typeof jwksURI !== 'string' || !URL.canParse(jwksURI)) {
    throw new Error(`${server} answers ${OPENID_CONFIGURATION_PATH} without issuer or jwks_uri`);
  }
  if (url !== undefined) {
    return body.replace(JWKS_URI, (_all, name: string) => name + JSON.stringify(url + JWKS_PATH));
  }
  if (new URL(jwksURI).host !== new URL(server).host) return body;
  throw new Error(
    `jwks_uri is ${jwksURI}, on the API server itself; give --url, or start the server with --service-account-jwks-uri`,
  );
}

const JWKS_URI = /("jwks_uri":\s*)"(?:[^"\\]|\\.)*"/;

/** Members of a JWK that hold a private key or a secret. @see RFC 7518 §6.2.2, §6.3.2, §6.4.1 */
const PRIVATE_MEMBERS = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k'];

/** @throws Error when these are no public keys */
export function requirePublicKeys(body: string): void {
  const { keys } = parseObject(body);
  if (!Array.isArray(keys) || keys.length === 0) throw new Error('the key set holds no key');
  for (const key of keys as readonly unknown[]) {
    if (typeof key !== 'object' || key === null) throw new Error('the key set holds what is no key');
    if (PRIVATE_MEMBERS.some((member) => member in key)) throw new Error('the key set holds a private key');
  }
}

/** Numbers of the token status lists there are. @throws Error when the answer is no list of them */
export function statusListNumbers(body: string): readonly number[] {
  const { status_lists: uris } = parseObject(body);
  if (!Array.isArray(uris)) throw new Error(`${STATUS_LISTS_PATH} is no list of token status lists`);
  return uris.map((uri) => {
    const number = /\/(0|[1-9][0-9]{0,14})$/.exec(String(uri))?.[1];
    if (number === undefined) throw new Error(`${STATUS_LISTS_PATH} names what is no token status list`);
    return Number(number);
  });
}

/** @throws Error when this is not even the form of a signed token */
export function requireStatusList(body: string): void {
  if (!/^[\w-]+\.[\w-]+\.[\w-]+$/.test(body)) throw new Error('a token status list is no JWT');
}

/** How long an answer may be kept, by its `Cache-Control`; 0 where it says nothing. Seconds. */
export function maxAgeSeconds(cacheControl: string | null): number {
  const seconds = /(?:^|[\s,])max-age=(\d{1,9})/.exec(cacheControl ?? '')?.[1];
  return Number(seconds ?? 0);
}

function parseObject(body: string): Readonly<Record<string, unknown>> {
  const value = parseJSON(body);
  if (typeof value === 'object' && value !== null) return value as Readonly<Record<string, unknown>>;
  throw new Error('the server did not answer a JSON object; is it an API server?');
}

function parseJSON(body: string): unknown {
  try {
    return JSON.parse(body) as unknown;
  } catch {
    return undefined; // the caller says so
  }
}
