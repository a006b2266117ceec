/**
 * The kinds of value a setting can have: how each is read from text and written back.
 *
 * Flags and the environment give text; the YAML file gives scalars that are turned into text first, so there is one
 * parser a kind and `--anonymous-auth=maybe` fails as `anonymousAuth: maybe` does. Parsers throw a plain `Error` that
 * says what was expected; the loader adds where the value came from.
 */
import { parseDuration } from '@mayfly/api/meta/v1/duration';

export interface ListenAddress {
  /** A host name, an IPv4 address or an IPv6 address without brackets. */
  readonly host: string;
  /** 0 picks a free one. */
  readonly port: number;
}

export const AUTHORIZATION_MODES = ['Node', 'RBAC', 'AlwaysAllow', 'AlwaysDeny'] as const;
export type AuthorizationMode = (typeof AUTHORIZATION_MODES)[number];

/** All are on unless disabled. The order of admission is `apiserver/admission/order.ts`'s. */
export const ADMISSION_PLUGINS = ['NamespaceLifecycle', 'ServiceAccount'] as const;

export const SIGNING_ALGORITHMS = ['RS256', 'ES256', 'ES384', 'ES512'] as const;
export type SigningAlgorithm = (typeof SIGNING_ALGORITHMS)[number];

export const LEGACY_TOKEN_MODES = ['allow', 'warn', 'deny'] as const;
export type LegacyTokenMode = (typeof LEGACY_TOKEN_MODES)[number];

/** What each kind holds once parsed. */
export interface KindValues {
  string: string | undefined;
  path: string | undefined;
  requiredPath: string;
  /** One item an occurrence, as kube-apiserver's string arrays. */
  strings: readonly string[];
  /** Comma-separated. */
  list: readonly string[];
  boolean: boolean;
  integer: number;
  duration: number;
  address: ListenAddress;
  algorithm: SigningAlgorithm;
  legacyTokens: LegacyTokenMode;
  modes: readonly AuthorizationMode[];
}

export type Kind = keyof KindValues;

export interface KindRules<K extends Kind> {
  /** Shown in help: `--listen HOST:PORT`. Empty for a boolean. */
  readonly placeholder: string;
  readonly parse: (text: string) => KindValues[K];
  readonly format: (value: KindValues[K]) => string;
}

export const KINDS: { readonly [K in Kind]: KindRules<K> } = {
  string: { placeholder: 'TEXT', parse: nonEmpty, format: (value) => value ?? '' },
  path: { placeholder: 'FILE', parse: nonEmpty, format: (value) => value ?? '' },
  requiredPath: { placeholder: 'DIR', parse: nonEmpty, format: (value) => value },
  strings: { placeholder: 'TEXT', parse: (text) => [nonEmpty(text)], format: (value) => value.join(',') },
  list: { placeholder: 'LIST', parse: splitList, format: (value) => value.join(',') },
  boolean: { placeholder: '', parse: parseBoolean, format: String },
  integer: { placeholder: 'N', parse: parseInteger, format: String },
  duration: { placeholder: 'DURATION', parse: parseDurationFlag, format: formatDuration },
  address: { placeholder: 'HOST:PORT', parse: parseAddress, format: formatAddress },
  algorithm: {
    placeholder: 'ALG',
    parse: (text) => oneOf(SIGNING_ALGORITHMS, text),
    format: (value) => value,
  },
  legacyTokens: {
    placeholder: 'MODE',
    parse: (text) => oneOf(LEGACY_TOKEN_MODES, text),
    format: (value) => value,
  },
  modes: {
    placeholder: 'LIST',
    parse: (text) => splitList(text).map((mode) => oneOf(AUTHORIZATION_MODES, mode)),
    format: (value) => value.join(','),
  },
};

function nonEmpty(text: string): string {
  if (text === '') throw new Error('must not be empty');
  return text;
}

function splitList(text: string): readonly string[] {
  return text.split(',').map((item) => item.trim());
}

function oneOf<T extends string>(allowed: readonly T[], text: string): T {
  const found = allowed.find((item) => item === text);
  if (found === undefined) throw new Error(`must be one of ${allowed.join(', ')}; found "${text}"`);
  return found;
}

const TRUE_WORDS = new Set(['true', 't', '1']);
const FALSE_WORDS = new Set(['false', 'f', '0']);

/** As Go's `strconv.ParseBool`, which reads the flags of kube-apiserver. */
function parseBoolean(text: string): boolean {
  const word = text.toLowerCase();
  if (TRUE_WORDS.has(word)) return true;
  if (FALSE_WORDS.has(word)) return false;
  throw new Error(`must be true or false; found "${text}"`);
}

function parseInteger(text: string): number {
  const value = Number(text);
  if (!/^\d{1,9}$/.test(text)) throw new Error(`must be a whole number of at most 9 digits; found "${text}"`);
  return value;
}

/** Go's duration text (`1h30m`, `90s`, `0`) in milliseconds. */
function parseDurationFlag(text: string): number {
  const durationMs = parseDuration(text);
  if (durationMs === undefined) throw new Error(`must be a duration such as 1h30m or 90s; found "${text}"`);
  return durationMs;
}

function formatDuration(ms: number): string {
  return ms % 1000 === 0 ? `${ms / 1000}s` : `${ms}ms`;
}

/** `HOST:PORT` with IPv6 in brackets; `:6443` listens on every address. */
function parseAddress(text: string): ListenAddress {
  const match = /^(?:\[(?<v6>[0-9a-fA-F:.]+)\]|(?<host>[^:[\]/\s]*)):(?<port>\d{1,5})$/.exec(text);
  const port = Number(match?.groups?.port);
  if (match === null || port > 65_535) throw new Error(`must be HOST:PORT with a port of 0 to 65535; found "${text}"`);
  return { host: match.groups?.v6 ?? (match.groups?.host || '0.0.0.0'), port };
}

/** The inverse of what `--listen` reads. */
export function formatAddress({ host, port }: ListenAddress): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}
