/** What other parts call when something countable happens; each fits the small interface that part declares. */
import type { MetricName } from './definitions.ts';
import type { Metrics } from './metrics.ts';
import type { Distribution, Value } from './series.ts';

export function tokenCacheObserver(metrics: Metrics) {
  const requests = outcomes(
    metrics,
    'authentication_token_cache_request_total',
    'authentication_token_cache_request_duration_seconds',
    ['hit', 'miss'],
  );
  const fetched = values(metrics, 'authentication_token_cache_fetch_total', ['ok', 'error']);
  const active = values(metrics, 'authentication_token_cache_active_fetch_count', ['in_flight', 'blocked']);
  return {
    request: (status: 'hit' | 'miss', durationSeconds: number): void => observe(requests[status], durationSeconds),
    fetch: (status: 'ok' | 'error'): void => void fetched[status].value++,
    activeFetch(status: 'in_flight' | 'blocked', delta: 1 | -1): void {
      active[status].value += delta;
    },
  };
}

export function serviceAccountTokenObserver(metrics: Metrics) {
  const legacy = metrics.value('serviceaccount_legacy_tokens_total');
  const stale = metrics.value('serviceaccount_stale_tokens_total');
  const valid = metrics.value('serviceaccount_valid_tokens_total');
  return {
    legacyToken: (): void => void legacy.value++,
    staleToken: (): void => void stale.value++,
    validToken: (): void => void valid.value++,
  };
}

export function legacyTokenObserver(metrics: Metrics) {
  const manual = metrics.value('serviceaccount_legacy_manual_token_uses_total');
  const auto = metrics.value('serviceaccount_legacy_auto_token_uses_total');
  const invalid = metrics.value('serviceaccount_invalid_legacy_auto_token_uses_total');
  const denied = metrics.value('mayfly_legacy_tokens_denied_total');
  return {
    manualToken: (): void => void manual.value++,
    autoToken: (): void => void auto.value++,
    invalidToken: (): void => void invalid.value++,
    deniedToken: (): void => void denied.value++,
  };
}

/** @returns what is told of each request that a revocation, or not knowing of one, refuses */
export function revocationObserver(metrics: Metrics) {
  const refused = values(metrics, 'mayfly_revoked_token_requests_total', ['revoked', 'unknown']);
  return (verdict: 'revoked' | 'unknown'): void => void refused[verdict].value++;
}

/** @returns what the root CA publisher tells of each look at a namespace */
export function rootCAPublisherObserver(metrics: Metrics) {
  return (code: string, durationSeconds: number): void => {
    metrics.value('root_ca_cert_publisher_sync_total', code).value++;
    metrics.distribution('root_ca_cert_publisher_sync_duration_seconds', code).observe(durationSeconds);
  };
}

/** @param counts read at each scrape */
export function watchAudit(metrics: Metrics, counts: () => { readonly written: number; readonly lost: number }): void {
  metrics.watch('apiserver_audit_event_total', () => counts().written);
  metrics.watch('apiserver_audit_error_total', () => counts().lost, 'log');
}

/** What is to be read of the signing keys at each scrape. */
interface SigningKeyFigures {
  activeAgeSeconds(): number;
  nextRotationSeconds(): number;
  rotations(): number;
  count(state: SigningKeyState): number;
}

type SigningKeyState = 'Announced' | 'Active' | 'Verifying' | 'Retired';
const SIGNING_KEY_STATES: readonly SigningKeyState[] = ['Announced', 'Active', 'Verifying', 'Retired'];

export function watchSigningKeys(metrics: Metrics, figures: SigningKeyFigures): void {
  metrics.watch('mayfly_signing_key_active_age_seconds', () => figures.activeAgeSeconds());
  metrics.watch('mayfly_signing_key_next_rotation_timestamp_seconds', () => figures.nextRotationSeconds());
  metrics.watch('mayfly_signing_key_rotations_total', () => figures.rotations());
  for (const state of SIGNING_KEY_STATES) metrics.watch('mayfly_signing_keys', () => figures.count(state), state);
}

export function authenticationObserver(metrics: Metrics) {
  const attempts = outcomes(metrics, 'authentication_attempts', 'authentication_duration_seconds', [
    'success',
    'failure',
    'error',
  ]);
  const users = new Map<string, Value>();
  return {
    authenticationAttempted: (result: 'success' | 'failure' | 'error', durationMs: number): void =>
      observe(attempts[result], durationMs / 1000),
    userAuthenticated(name: string): void {
      const shown = compressUsername(name);
      let child = users.get(shown);
      if (child === undefined) {
        child = metrics.value('authenticated_user_requests', shown);
        users.set(shown, child);
      }
      child.value++;
    },
  };
}

export function authorizationObserver(metrics: Metrics) {
  const attempts = outcomes(metrics, 'authorization_attempts_total', 'authorization_duration_seconds', [
    'allowed',
    'denied',
    'no-opinion',
    'error',
  ]);
  return {
    authorizationAttempted: (result: 'allowed' | 'denied' | 'no-opinion' | 'error', durationMs: number): void =>
      observe(attempts[result], durationMs / 1000),
  };
}

interface Outcome {
  readonly counter: Value;
  readonly duration: Distribution;
}

function observe({ counter, duration }: Outcome, seconds: number): void {
  counter.value++;
  duration.observe(seconds);
}

/** A counter and a histogram for each value of their one label. */
function outcomes<L extends string>(
  metrics: Metrics,
  counter: MetricName,
  duration: MetricName,
  labels: readonly L[],
): Readonly<Record<L, Outcome>> {
  return Object.fromEntries(
    labels.map((label) => [
      label,
      { counter: metrics.value(counter, label), duration: metrics.distribution(duration, label) },
    ]),
  ) as Record<L, Outcome>;
}

function values<L extends string>(
  metrics: Metrics,
  name: MetricName,
  labels: readonly L[],
): Readonly<Record<L, Value>> {
  return Object.fromEntries(labels.map((label) => [label, metrics.value(name, label)])) as Record<L, Value>;
}

const VERBATIM = new Set(['admin', 'client', 'kube_proxy', 'kubelet', 'system:serviceaccount:kube-system:default']);

/** Users are many; a label has few values. @see kubernetes/apiserver pkg/endpoints/filters/metrics.go, compressUsername */
export function compressUsername(name: string): string {
  if (VERBATIM.has(name)) return name;
  return name.includes('@') ? 'email_id' : 'other';
}
