const UNIT_MS: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  μs: 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
};

const DURATION = /^[+-]?((\d+(\.\d*)?|\.\d+)(ns|us|µs|μs|ms|s|m|h))+$/;
const PART = /(\d+(?:\.\d*)?|\.\d+)(ns|us|µs|μs|ms|s|m|h)/g;

/**
 * Reads a Go duration such as `32s` or `1m30s`; `0` needs no unit.
 *
 * @returns milliseconds, or Go's words for what is wrong
 * @see golang/go src/time/format.go, ParseDuration
 */
export function parseDuration(text: string): { durationMs: number; error?: string } {
  if (/^[+-]?0$/.test(text)) return { durationMs: 0 };
  if (!DURATION.test(text)) return { durationMs: 0, error: whatIsWrong(text) };
  let durationMs = 0;
  for (const [, amount, unit] of text.matchAll(PART))
    durationMs += Number(amount) * (UNIT_MS[unit as string] as number);
  return { durationMs: text.startsWith('-') ? -durationMs : durationMs };
}

function whatIsWrong(text: string): string {
  const quoted = JSON.stringify(text);
  if (/^[+-]?\d+(\.\d*)?$/.test(text)) return `time: missing unit in duration ${quoted}`;
  const unit = /^[+-]?\d+(?:\.\d*)?([^\d.]+)/.exec(text)?.[1];
  if (unit !== undefined && !(unit in UNIT_MS))
    return `time: unknown unit ${JSON.stringify(unit)} in duration ${quoted}`;
  return `time: invalid duration ${quoted}`;
}
