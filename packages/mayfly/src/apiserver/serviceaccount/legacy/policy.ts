/**
 * May legacy tokens still be used here, and until when? The server's setting, and what a namespace says of itself.
 *
 * A namespace may always be stricter (`warn`, `deny`). Milder it may be only until a date, after which the server's
 * setting holds again, so that a move off forever tokens has an end nobody has to remember. A label that cannot be read
 * makes nothing milder, and warns.
 */
import { DAY_MS, parseUTCDate } from './labels.ts';

export const LEGACY_TOKEN_MODES = ['allow', 'warn', 'deny'] as const;
/** Strictest last. */
export type LegacyTokenMode = (typeof LEGACY_TOKEN_MODES)[number];

/** On a Namespace: `warn`, `deny`, `allow-until-YYYY-MM-DD` or `warn-until-YYYY-MM-DD` (the whole day, UTC). */
export const LEGACY_TOKENS_LABEL = 'identity.mayfly.dev/legacy-tokens';

export interface LegacyTokenPolicy {
  readonly mode: LegacyTokenMode;
  /** Who decided: the flag, the label, or the flag because the label is unreadable. */
  readonly decidedBy: 'server' | 'namespace' | 'unreadable-label';
  /** Last day of an exception that is in force. */
  readonly until: string | undefined;
}

const EXCEPTION = /^(allow|warn)-until-(\d{4}-\d{2}-\d{2})$/;

/**
 * Decides what holds for the legacy tokens of one namespace.
 *
 * @param label value of `LEGACY_TOKENS_LABEL`; undefined or empty: the namespace says nothing
 */
export function legacyTokenPolicy(
  serverMode: LegacyTokenMode,
  label: string | undefined,
  nowMs: number,
): LegacyTokenPolicy {
  if (label === undefined || label === '') return { mode: serverMode, decidedBy: 'server', until: undefined };
  if (label === 'warn' || label === 'deny') return stricter(serverMode, label);
  const [, mode, until = ''] = EXCEPTION.exec(label) ?? [];
  const lastDayMs = parseUTCDate(until);
  if (mode === undefined || lastDayMs === undefined) {
    return { mode: stricter(serverMode, 'warn').mode, decidedBy: 'unreadable-label', until: undefined };
  }
  if (nowMs >= lastDayMs + DAY_MS) return { mode: serverMode, decidedBy: 'server', until: undefined };
  return { mode: mode as LegacyTokenMode, decidedBy: 'namespace', until };
}

function stricter(serverMode: LegacyTokenMode, label: LegacyTokenMode): LegacyTokenPolicy {
  const isLabelStricter = LEGACY_TOKEN_MODES.indexOf(label) > LEGACY_TOKEN_MODES.indexOf(serverMode);
  return {
    mode: isLabelStricter ? label : serverMode,
    decidedBy: isLabelStricter ? 'namespace' : 'server',
    until: undefined,
  };
}

/** Why a token is refused, for our log and for TokenReview; undefined unless the mode is `deny`. */
export function policyRefusal({ mode, decidedBy }: LegacyTokenPolicy, namespace: string): string | undefined {
  if (mode !== 'deny') return undefined;
  const rule =
    decidedBy === 'namespace'
      ? `the label ${LEGACY_TOKENS_LABEL} of namespace ${namespace}`
      : '--service-account-legacy-tokens=deny';
  const hint = decidedBy === 'unreadable-label' ? `; ${unreadable(namespace)}` : '';
  return `legacy service account tokens are refused by ${rule}${hint}. Use tokens from the TokenRequest API`;
}

/** The text of the Warning header of an accepted use; undefined when the mode is `allow`. */
export function policyWarning(policy: LegacyTokenPolicy, namespace: string): string | undefined {
  if (policy.mode !== 'warn') return undefined;
  if (policy.decidedBy === 'unreadable-label') return `${ADVICE} Also, ${unreadable(namespace)}.`;
  return policy.until === undefined ? ADVICE : `${ADVICE} This namespace's exception ends after ${policy.until}.`;
}

const ADVICE = 'This service account token never expires. Use tokens from the TokenRequest API instead.';

function unreadable(namespace: string): string {
  return `the label ${LEGACY_TOKENS_LABEL} of namespace ${namespace} cannot be read`;
}
