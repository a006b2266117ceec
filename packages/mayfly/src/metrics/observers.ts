/** What other parts call when something countable happens; each fits the small interface that part declares. */
import type { Metrics } from './metrics.ts';

export function tokenCacheObserver(metrics: Metrics) {
  return {
    request(status: 'hit' | 'miss', durationSeconds: number): void {
      metrics.count('authentication_token_cache_request_total', status);
      metrics.observe('authentication_token_cache_request_duration_seconds', durationSeconds, status);
    },
    fetch: (status: 'ok' | 'error'): void => metrics.count('authentication_token_cache_fetch_total', status),
    activeFetch(status: 'in_flight' | 'blocked', delta: 1 | -1): void {
      metrics.add('authentication_token_cache_active_fetch_count', delta, status);
    },
  };
}

export function serviceAccountTokenObserver(metrics: Metrics) {
  return {
    legacyToken: (): void => metrics.count('serviceaccount_legacy_tokens_total'),
    staleToken: (): void => metrics.count('serviceaccount_stale_tokens_total'),
    validToken: (): void => metrics.count('serviceaccount_valid_tokens_total'),
  };
}

/** @param counts read at each scrape */
export function watchAudit(metrics: Metrics, counts: () => { readonly written: number; readonly lost: number }): void {
  metrics.watch('apiserver_audit_event_total', () => counts().written);
  metrics.watch('apiserver_audit_error_total', () => counts().lost, 'log');
}

export function authenticationObserver(metrics: Metrics) {
  return {
    authenticationAttempted(result: 'success' | 'failure' | 'error', durationMs: number): void {
      metrics.count('authentication_attempts', result);
      metrics.observe('authentication_duration_seconds', durationMs / 1000, result);
    },
    userAuthenticated: (name: string): void => metrics.count('authenticated_user_requests', compressUsername(name)),
  };
}

export function authorizationObserver(metrics: Metrics) {
  return {
    authorizationAttempted(result: 'allowed' | 'denied' | 'no-opinion' | 'error', durationMs: number): void {
      metrics.count('authorization_attempts_total', result);
      metrics.observe('authorization_duration_seconds', durationMs / 1000, result);
    },
  };
}

const VERBATIM = new Set(['admin', 'client', 'kube_proxy', 'kubelet', 'system:serviceaccount:kube-system:default']);

/** Users are many; a label has few values. @see kubernetes/apiserver pkg/endpoints/filters/metrics.go, compressUsername */
export function compressUsername(name: string): string {
  if (VERBATIM.has(name)) return name;
  return name.includes('@') ? 'email_id' : 'other';
}
