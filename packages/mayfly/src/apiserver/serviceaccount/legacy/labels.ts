/** The labels legacy tokens are tracked by, and the UTC dates they hold. @see kubernetes/kubernetes pkg/serviceaccount/legacy.go */
import { formatTime, parseTime } from '@mayfly/api/meta/v1/time';

/** On the Secret: the UTC date of the last use. */
export const LAST_USED_LABEL = 'kubernetes.io/legacy-token-last-used';
/** On the Secret: the UTC date since which the token is refused. Empty or absent: it is not. */
export const INVALID_SINCE_LABEL = 'kubernetes.io/legacy-token-invalid-since';

export const DAY_MS = 86_400_000;

/** `YYYY-MM-DD` in UTC. */
export function utcDate(ms: number): string {
  return formatTime(ms).slice(0, 10);
}

/** Midnight UTC of a `YYYY-MM-DD`, epoch milliseconds; undefined for anything else, the 30th of February too. */
export function parseUTCDate(text: string): number | undefined {
  return text.length === 10 ? parseTime(`${text}T00:00:00Z`) : undefined;
}
