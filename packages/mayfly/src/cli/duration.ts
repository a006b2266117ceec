import { parseDuration } from '@mayfly/api/meta/v1/duration';
import { ConfigError } from '../config/config-error.ts';

const DAY_MS = 86_400_000;

/** `90m`, `1h30m`, `7d`, `1d12h` in milliseconds. @throws ConfigError that names the flag */
export function durationFlag(flag: string, text: string): number {
  const [, days = '0', rest = ''] = /^(?:(\d{1,5})d)?(.*)$/.exec(text) ?? [];
  const restMs = rest === '' && days !== '0' ? 0 : parseDuration(rest);
  if (restMs === undefined)
    throw new ConfigError(`--${flag} must be a duration such as 90m, 12h or 7d; found "${text}"`);
  return Number(days) * DAY_MS + restMs;
}
