/**
 * Every metric there is, under Kubernetes' names where it has one. `docs/reference/metrics.md` is made from this list and a
 * test compares it with what `/metrics` answers.
 *
 * @see kubernetes/apiserver pkg/endpoints/metrics/metrics.go, pkg/endpoints/filters/metrics.go; spec authentication §23
 */
export interface MetricDefinition {
  readonly name: string;
  readonly help: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly labels: readonly string[];
  /** Upper bounds in seconds; histograms only. */
  readonly buckets?: readonly number[];
}

const REQUEST_BUCKETS = [
  0.005, 0.025, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1, 1.25, 1.5, 2, 3, 4, 5, 6, 8, 10, 15, 20, 30, 45, 60,
];
const DECISION_BUCKETS = Array.from({ length: 15 }, (_, exponent) => 0.001 * 2 ** exponent);
const REQUEST_LABELS = ['verb', 'group', 'version', 'resource', 'subresource', 'scope', 'component'];

export const METRICS = {
  apiserver_request_total: {
    help: 'Requests answered, by what they were about and with which code.',
    type: 'counter',
    labels: ['verb', 'dry_run', 'group', 'version', 'resource', 'subresource', 'scope', 'component', 'code'],
  },
  apiserver_request_duration_seconds: {
    help: 'Time to answer a request; watches are not counted.',
    type: 'histogram',
    labels: REQUEST_LABELS,
    buckets: REQUEST_BUCKETS,
  },
  apiserver_current_inflight_requests: {
    help: 'Requests being answered now.',
    type: 'gauge',
    labels: ['request_kind'],
  },
  apiserver_dropped_requests_total: {
    help: 'Requests refused with 429 because too many were in flight.',
    type: 'counter',
    labels: ['request_kind'],
  },
  apiserver_longrunning_requests: {
    help: 'Watches open now.',
    type: 'gauge',
    labels: ['verb'],
  },
  authentication_attempts: {
    help: 'Attempts to authenticate a request: success, failure (no credentials), error (refused).',
    type: 'counter',
    labels: ['result'],
  },
  authentication_duration_seconds: {
    help: 'Time to authenticate a request.',
    type: 'histogram',
    labels: ['result'],
    buckets: DECISION_BUCKETS,
  },
  authenticated_user_requests: {
    help: 'Requests by user, compressed to a few well-known names.',
    type: 'counter',
    labels: ['username'],
  },
  authentication_token_cache_request_total: {
    help: 'Look-ups in the token cache.',
    type: 'counter',
    labels: ['status'],
  },
  authentication_token_cache_request_duration_seconds: {
    help: 'Time a look-up in the token cache took.',
    type: 'histogram',
    labels: ['status'],
    buckets: DECISION_BUCKETS,
  },
  authentication_token_cache_fetch_total: {
    help: 'Tokens verified because the cache did not know them.',
    type: 'counter',
    labels: ['status'],
  },
  authentication_token_cache_active_fetch_count: {
    help: 'Verifications running now, and requests waiting for one.',
    type: 'gauge',
    labels: ['status'],
  },
  authorization_attempts_total: {
    help: 'Decisions whether a request is allowed.',
    type: 'counter',
    labels: ['result'],
  },
  authorization_duration_seconds: {
    help: 'Time to decide whether a request is allowed.',
    type: 'histogram',
    labels: ['result'],
    buckets: DECISION_BUCKETS,
  },
  serviceaccount_valid_tokens_total: {
    help: 'Extended service account tokens used in time.',
    type: 'counter',
    labels: [],
  },
  serviceaccount_stale_tokens_total: {
    help: 'Service account tokens used past the time they should have been renewed.',
    type: 'counter',
    labels: [],
  },
  serviceaccount_legacy_tokens_total: {
    help: 'Service account tokens without audience that were used.',
    type: 'counter',
    labels: [],
  },
  serviceaccount_legacy_manual_token_uses_total: {
    help: 'Uses of tokens from Secrets made by hand.',
    type: 'counter',
    labels: [],
  },
  serviceaccount_legacy_auto_token_uses_total: {
    help: 'Uses of tokens from Secrets that their service account lists.',
    type: 'counter',
    labels: [],
  },
  serviceaccount_invalid_legacy_auto_token_uses_total: {
    help: 'Refused uses of tokens whose Secret is marked invalid.',
    type: 'counter',
    labels: [],
  },
  mayfly_legacy_tokens_denied_total: {
    help: 'Legacy tokens refused by --service-account-legacy-tokens or the label of their namespace.',
    type: 'counter',
    labels: [],
  },
  mayfly_token_revocations: {
    help: 'Revocations of tokens in force.',
    type: 'gauge',
    labels: [],
  },
  mayfly_token_revocations_behind_seconds: {
    help: 'How long this server may have missed a revocation; 0 while all is well. Past 10, tokens are refused.',
    type: 'gauge',
    labels: [],
  },
  mayfly_revoked_token_requests_total: {
    help: 'Uses of tokens refused, as a bearer or in a review: revoked, or unknown while revocations may be missed.',
    type: 'counter',
    labels: ['verdict'],
  },
  mayfly_signing_key_active_age_seconds: {
    help: 'Time since the key that signs service account tokens became active.',
    type: 'gauge',
    labels: [],
  },
  mayfly_signing_key_next_rotation_timestamp_seconds: {
    help: 'When another key is to sign, in Unix time; 0 when none is planned.',
    type: 'gauge',
    labels: [],
  },
  mayfly_signing_key_rotations_total: {
    help: 'Times that this server gave the signature to another key; of several servers one does.',
    type: 'counter',
    labels: [],
  },
  mayfly_signing_keys: {
    help: 'Signing keys in the store, by state.',
    type: 'gauge',
    labels: ['state'],
  },
  root_ca_cert_publisher_sync_total: {
    help: 'Looks at a namespace by the root CA publisher; code is 200 or that of the refusal.',
    type: 'counter',
    labels: ['code'],
  },
  root_ca_cert_publisher_sync_duration_seconds: {
    help: 'Time such a look took.',
    type: 'histogram',
    labels: ['code'],
    buckets: DECISION_BUCKETS,
  },
  apiserver_client_certificate_expiration_seconds: {
    type: 'histogram',
    help: 'Seconds until a presented client certificate ends, also of those that are refused.',
    labels: [],
    buckets: [0, 1800, 3600, 7200, 21600, 43200, 86400, 172800, 345600, 604800, 2592000, 7776000, 15552000, 31104000],
  },
  apiserver_audit_event_total: {
    help: 'Audit events written.',
    type: 'counter',
    labels: [],
  },
  apiserver_audit_error_total: {
    help: 'Audit events lost.',
    type: 'counter',
    labels: ['plugin'],
  },
} as const satisfies Readonly<Record<string, Omit<MetricDefinition, 'name'>>>;

export type MetricName = keyof typeof METRICS;
