/**
 * `metav1.Time` and `metav1.MicroTime`: RFC 3339 in UTC, with whole seconds or with exactly six digits.
 *
 * Any offset and any fraction is read (client-node writes milliseconds); one form is stored.
 *
 * @see kubernetes/apimachinery pkg/apis/meta/v1/{time,micro_time}.go
 */

const RFC3339 =
  /^(\d{4})-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])T((?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d)(?:[.,](\d{1,32}))?(Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/;
const DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

interface Instant {
  /** Epoch milliseconds, whole seconds. */
  readonly secondMs: number;
  /** Digits after the point; empty without. */
  readonly fraction: string;
}

function parseInstant(text: string): Instant | undefined {
  const match = RFC3339.exec(text);
  if (match === null) return undefined;
  const [, year = '', month = '', day = '', clock = '', fraction = '', zone = ''] = match;
  if (Number(day) > daysIn(Number(year), Number(month))) return undefined;
  return { secondMs: Date.parse(`${year}-${month}-${day}T${clock}${zone}`), fraction };
}

function daysIn(year: number, month: number): number {
  const leap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
  return month === 2 && leap ? 29 : (DAYS[month - 1] ?? 0);
}

/** Epoch milliseconds of an RFC 3339 text; undefined when it is none. Digits below the millisecond are cut. */
export function parseTime(text: string): number | undefined {
  const instant = parseInstant(text);
  return instant && instant.secondMs + Number(instant.fraction.slice(0, 3).padEnd(3, '0'));
}

/** @param ms epoch milliseconds within the years 0000 to 9999; the fraction is cut */
export function formatTime(ms: number): string {
  const second = Math.floor(ms / 1000);
  const known = formatted.get(second);
  if (known !== undefined) return known;
  const text = `${new Date(second * 1000).toISOString().slice(0, 19)}Z`;
  if (formatted.size >= MAX_FORMATTED) formatted.clear();
  formatted.set(second, text);
  return text;
}

/** Most calls ask for the present, or for a few distances from it. */
const formatted = new Map<number, string>();
const MAX_FORMATTED = 64;

/**
 * @param ms epoch milliseconds within the years 0000 to 9999
 * @param micros 0 to 999, on top of `ms`
 */
export function formatMicroTime(ms: number, micros = 0): string {
  return `${new Date(Math.floor(ms)).toISOString().slice(0, 23)}${String(micros).padStart(3, '0')}Z`;
}

/** The stored form of any RFC 3339 text: UTC, whole seconds. Undefined when it is none, or leaves the years 0000 to 9999. */
export function normalizeTime(text: string): string | undefined {
  const instant = parseInstant(text);
  return instant && isRepresentable(instant.secondMs) ? formatTime(instant.secondMs) : undefined;
}

/** As `normalizeTime`, with six digits. Differs: any number of digits is read, where Go insists on six. */
export function normalizeMicroTime(text: string): string | undefined {
  const instant = parseInstant(text);
  if (!instant || !isRepresentable(instant.secondMs)) return undefined;
  const digits = instant.fraction.slice(0, 6).padEnd(6, '0');
  return formatMicroTime(instant.secondMs + Number(digits.slice(0, 3)), Number(digits.slice(3)));
}

const YEAR_0_MS = Date.parse('0000-01-01T00:00:00Z');
const YEAR_10000_MS = Date.parse('+010000-01-01T00:00:00Z');

/** Whether epoch milliseconds can be written with a year of four digits. */
export function isRepresentable(ms: number): boolean {
  return ms >= YEAR_0_MS && ms < YEAR_10000_MS;
}
