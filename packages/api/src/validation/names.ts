/**
 * The shapes names may have: each check answers with Kubernetes' messages, none when the value is good.
 *
 * @see kubernetes/apimachinery pkg/util/validation/validation.go, pkg/api/validation/path/name.go
 */

/** @returns one message per broken rule; empty when valid */
export type NameValidator = (value: string) => string[];

const LABEL = '[a-z0-9]([-a-z0-9]*[a-z0-9])?';
const SUBDOMAIN = `${LABEL}(\\.${LABEL})*`;
const QUALIFIED = '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]';
const LABEL_VALUE = `(${QUALIFIED})?`;
const CONFIG_KEY = '[-._a-zA-Z0-9]+';

const LABEL_PATTERN = whole(LABEL);
const SUBDOMAIN_PATTERN = whole(SUBDOMAIN);
const QUALIFIED_PATTERN = whole(QUALIFIED);
const LABEL_VALUE_PATTERN = whole(LABEL_VALUE);
const CONFIG_KEY_PATTERN = whole(CONFIG_KEY);
const PORT_NAME_CHARACTERS = /^[-a-z0-9]+$/;

const LABEL_TEXT = mismatch(
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character",
  LABEL,
  ['my-name', '123-abc'],
);
const SUBDOMAIN_TEXT = mismatch(
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character",
  SUBDOMAIN,
  ['example.com'],
);
const QUALIFIED_TEXT = mismatch(
  "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character",
  QUALIFIED,
  ['MyName', 'my.name', '123-abc'],
);
const LABEL_VALUE_TEXT = mismatch(
  "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character",
  LABEL_VALUE,
  ['MyValue', 'my_value', '12345'],
);
const CONFIG_KEY_TEXT = mismatch(
  "a valid config key must consist of alphanumeric characters, '-', '_' or '.'",
  CONFIG_KEY,
  ['key.name', 'KEY_NAME', 'key-name'],
);

/** A DNS label of RFC 1123, at most 63 bytes: namespaces, containers, volumes. */
export function dns1123Label(value: string): string[] {
  const errors = longerThan(value, 63);
  if (LABEL_PATTERN.test(value)) return errors;
  errors.push(SUBDOMAIN_PATTERN.test(value) ? 'must not contain dots' : LABEL_TEXT);
  return errors;
}

/** DNS labels joined by dots, at most 253 bytes: most object names. */
export function dns1123Subdomain(value: string): string[] {
  const errors = longerThan(value, 253);
  if (!SUBDOMAIN_PATTERN.test(value)) errors.push(SUBDOMAIN_TEXT);
  return errors;
}

/** Anything that can stand as one segment of a URL path: names of RBAC objects. */
export function pathSegment(value: string): string[] {
  if (value === '.' || value === '..') return [`may not be '${value}'`];
  return ['/', '%'].filter((char) => value.includes(char)).map((char) => `may not contain '${char}'`);
}

/** A name of at most 63 bytes behind an optional subdomain and slash: keys of labels and annotations, finalizers. */
export function qualifiedName(value: string): string[] {
  const parts = value.split('/');
  if (parts.length > 2) {
    return [
      `a qualified name ${QUALIFIED_TEXT} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`,
    ];
  }
  const name = parts.at(-1) ?? '';
  return [...(parts.length === 2 ? prefixErrors(parts[0] ?? '') : []), ...namePartErrors(name)];
}

/** Empty, or as the name part of a qualified name. */
export function labelValue(value: string): string[] {
  const errors = longerThan(value, 63);
  if (!LABEL_VALUE_PATTERN.test(value)) errors.push(LABEL_VALUE_TEXT);
  return errors;
}

/** A key of a ConfigMap or Secret: also a file name once mounted, so never `..` or beginning with it. */
export function configMapKey(value: string): string[] {
  const errors = longerThan(value, 253);
  if (!CONFIG_KEY_PATTERN.test(value)) errors.push(CONFIG_KEY_TEXT);
  if (value === '.' || value === '..') errors.push(`must not be '${value}'`);
  else if (value.startsWith('..')) errors.push("must not start with '..'");
  return errors;
}

/** Name of an environment variable: printable ASCII without `=`. */
export function environmentVariableName(value: string): string[] {
  if (value === '') return ['must be non-empty'];
  if (/^[ -<>-~]+$/.test(value)) return [];
  return [
    mismatch(
      "a valid environment variable name must consist only of printable ASCII characters other than '='",
      '^[ -<>-~]+$',
      [],
    ),
  ];
}

/** Name of a container port: 1 to 15 of `-a-z0-9` with a letter, no hyphen at an end and no two together. */
export function portName(value: string): string[] {
  const errors: string[] = [];
  if (value.length > 15) errors.push(maxLengthText(15));
  if (!PORT_NAME_CHARACTERS.test(value))
    errors.push('must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)');
  if (!/[a-z]/.test(value)) errors.push('must contain at least one letter (a-z)');
  if (value.includes('--')) errors.push('must not contain consecutive hyphens');
  if (value.startsWith('-') || value.endsWith('-')) errors.push('must not begin or end with a hyphen');
  return errors;
}

/**
 * Checks the base of a generated name: a trailing `-` is fine, since five letters will follow.
 *
 * @see kubernetes/apimachinery pkg/api/validation/generic.go, maskTrailingDash
 */
export function maskTrailingDash(base: string): string {
  return base.length > 1 && base.endsWith('-') ? `${base.slice(0, -1)}a` : base;
}

/** Bytes of the text in UTF-8: Kubernetes measures every limit so. */
export function byteLength(text: string): number {
  let bytes = text.length;
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (unit >= 0x800 && (unit < 0xd800 || unit > 0xdfff)) bytes += 2;
    else if (unit >= 0x80) bytes += 1; // each half of a surrogate pair counts two: four bytes together
  }
  return bytes;
}

/** @param examples values a reader could copy */
export function mismatch(text: string, pattern: string, examples: readonly string[]): string {
  if (examples.length === 0) return `${text} (regex used for validation is '${pattern}')`;
  const quoted = examples.map((example) => `'${example}', `).join(' or ');
  return `${text} (e.g. ${quoted}regex used for validation is '${pattern}')`;
}

function prefixErrors(prefix: string): string[] {
  if (prefix === '') return ['prefix part must be non-empty'];
  return dns1123Subdomain(prefix).map((message) => `prefix part ${message}`);
}

function namePartErrors(name: string): string[] {
  const errors: string[] = [];
  if (name === '') errors.push('name part must be non-empty');
  else if (byteLength(name) > 63) errors.push(`name part ${maxLengthText(63)}`);
  if (!QUALIFIED_PATTERN.test(name)) errors.push(`name part ${QUALIFIED_TEXT}`);
  return errors;
}

function longerThan(value: string, maxBytes: number): string[] {
  return byteLength(value) > maxBytes ? [maxLengthText(maxBytes)] : [];
}

function maxLengthText(maxBytes: number): string {
  return `must be no more than ${maxBytes} bytes`;
}

function whole(pattern: string): RegExp {
  return new RegExp(`^(?:${pattern})$`);
}
