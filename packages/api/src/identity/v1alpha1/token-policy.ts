/**
 * What a ServiceAccount or a Namespace may say, in annotations, of the tokens that are issued for it.
 *
 * Read here, decided in the API server: `readTokenPolicy` never guesses. A value that cannot be read is a fault that names
 * its annotation, and whoever decides takes a fault for the strictest answer.
 */
import { parseDuration } from '../../meta/v1/duration.ts';
import { parseTime } from '../../meta/v1/time.ts';
import { type FieldError, invalid } from '../../validation/field-error.ts';

/** Longest life of a token, as a duration: `1h`, `90m`. */
export const MAX_TOKEN_EXPIRATION_ANNOTATION = 'identity.mayfly.dev/max-token-expiration';
/** Audiences that tokens may be issued for, separated by commas. */
export const ALLOWED_AUDIENCES_ANNOTATION = 'identity.mayfly.dev/allowed-audiences';
/** `"false"`: no grace period for the tokens that pods mount by default. `"true"`: see the date below. */
export const EXTENDED_EXPIRATION_ANNOTATION = 'identity.mayfly.dev/extended-token-expiration';
/** RFC 3339: there is no grace period from then on. */
export const EXTENDED_EXPIRATION_UNTIL_ANNOTATION = 'identity.mayfly.dev/extended-token-expiration-until';

const PREFIX = 'identity.mayfly.dev/';
const KNOWN: ReadonlySet<string> = new Set([
  MAX_TOKEN_EXPIRATION_ANNOTATION,
  ALLOWED_AUDIENCES_ANNOTATION,
  EXTENDED_EXPIRATION_ANNOTATION,
  EXTENDED_EXPIRATION_UNTIL_ANNOTATION,
  'identity.mayfly.dev/token-status-list',
]);

/** What was said; a member is absent when nothing was. */
export interface TokenPolicy {
  /** 600 to 2^32, whole. */
  readonly maxSeconds?: number;
  readonly allowedAudiences?: ReadonlySet<string>;
  readonly extended?: boolean;
  /** Epoch milliseconds. */
  readonly extendedUntilMs?: number;
}

export interface TokenPolicyFault {
  readonly annotation: string;
  readonly value: string;
  /** What the value should have been. */
  readonly message: string;
}

export interface ReadTokenPolicy {
  readonly policy: TokenPolicy;
  readonly faults: readonly TokenPolicyFault[];
}

type Annotations = Readonly<Record<string, string>>;

const SILENT: ReadTokenPolicy = { policy: {}, faults: [] };
const NOT_ONE = Symbol('not a value of this annotation');

/** Reads the annotations of one object. */
export function readTokenPolicy(annotations: Annotations | undefined): ReadTokenPolicy {
  if (annotations === undefined) return SILENT;
  const faults: TokenPolicyFault[] = [];
  const policy: Record<string, unknown> = {};
  for (const { annotation, member, read, message } of RULES) {
    const value = annotations[annotation];
    if (value === undefined) continue;
    const meant = read(value);
    if (meant === NOT_ONE) faults.push({ annotation, value, message });
    else policy[member] = meant;
  }
  return { policy, faults };
}

const RULES: readonly {
  readonly annotation: string;
  readonly member: keyof TokenPolicy;
  readonly read: (value: string) => number | boolean | ReadonlySet<string> | typeof NOT_ONE;
  readonly message: string;
}[] = [
  {
    annotation: MAX_TOKEN_EXPIRATION_ANNOTATION,
    member: 'maxSeconds',
    read: readMaximum,
    message: 'must be a duration from 10m to 2^32 seconds, such as 1h or 90m',
  },
  {
    annotation: ALLOWED_AUDIENCES_ANNOTATION,
    member: 'allowedAudiences',
    read: readAudiences,
    message: 'must be one or more audiences, separated by commas',
  },
  {
    annotation: EXTENDED_EXPIRATION_ANNOTATION,
    member: 'extended',
    read: (value) => (value === 'true' || value === 'false' ? value === 'true' : NOT_ONE),
    message: 'must be "true" or "false"',
  },
  {
    annotation: EXTENDED_EXPIRATION_UNTIL_ANNOTATION,
    member: 'extendedUntilMs',
    read: (value) => parseTime(value) ?? NOT_ONE,
    message: 'must be a time in RFC 3339, such as 2027-01-31T00:00:00Z',
  },
];

/** The least is what a TokenRequest may ask for at least: below it every request would be refused. */
function readMaximum(value: string): number | typeof NOT_ONE {
  const seconds = Math.floor((parseDuration(value) ?? 0) / 1000);
  return seconds >= 600 && seconds <= 2 ** 32 ? seconds : NOT_ONE;
}

function readAudiences(value: string): ReadonlySet<string> | typeof NOT_ONE {
  const audiences = value.split(',').map((audience) => audience.trim());
  return audiences.includes('') ? NOT_ONE : new Set(audiences);
}

/**
 * Judges a write. What was stored before may stay as it is, so that nobody is kept from changing, or deleting, an object
 * over an annotation they did not touch; it goes on being a fault when a token is asked for.
 *
 * @param old annotations before; undefined on create
 */
export function validateTokenPolicy(
  annotations: Annotations | undefined,
  old: Annotations | undefined,
): readonly FieldError[] {
  return readTokenPolicy(annotations)
    .faults.filter(({ annotation, value }) => old?.[annotation] !== value)
    .map(({ annotation, value, message }) => invalid(fieldOf(annotation), value, message));
}

/** A misspelt annotation would be a policy that nobody keeps. @returns texts for `Warning` headers */
export function tokenPolicyWarnings(annotations: Annotations | undefined, old: Annotations | undefined): string[] {
  return Object.keys(annotations ?? {})
    .filter((name) => name.startsWith(PREFIX) && !KNOWN.has(name) && old?.[name] === undefined)
    .map((name) => `${fieldOf(name)}: unknown annotation, it has no effect`);
}

function fieldOf(annotation: string): string {
  return `metadata.annotations[${annotation}]`;
}
