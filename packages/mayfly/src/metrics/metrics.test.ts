import assert from 'node:assert/strict';
import { test } from 'node:test';
import { METRICS } from './definitions.ts';
import { Metrics } from './metrics.ts';
import { authenticationObserver, compressUsername, tokenCacheObserver, watchAudit } from './observers.ts';

test('every metric of the list is told of, and no other', async () => {
  const text = await new Metrics({ processMetrics: false }).text();
  const told = [...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name, type]) => ({ name, type }));
  const listed = Object.entries(METRICS).map(([name, { type }]) => ({ name, type }));
  assert.deepEqual(told, listed);
});

test('each metric has words for people and labels that Prometheus takes', () => {
  for (const [name, { help, labels }] of Object.entries(METRICS)) {
    assert.match(name, /^[a-z][a-z_]*$/);
    assert.match(help, /^[A-Z].*\.$/, name);
    for (const label of labels) assert.match(label, /^[a-z][a-z_]*$/);
  }
});

test('a histogram is cumulative and keeps sum and count', async () => {
  const metrics = new Metrics({ processMetrics: false });
  const { authenticationAttempted } = authenticationObserver(metrics);
  for (const durationMs of [1, 1.5, 20_000]) authenticationAttempted('success', durationMs);
  const text = await metrics.text();
  assert.match(text, /authentication_duration_seconds_bucket\{le="0\.001",result="success"\} 1\n/);
  assert.match(text, /authentication_duration_seconds_bucket\{le="0\.002",result="success"\} 2\n/);
  assert.match(text, /authentication_duration_seconds_bucket\{le="\+Inf",result="success"\} 3\n/);
  assert.match(text, /authentication_duration_seconds_sum\{result="success"\} 20\.0025\n/);
  assert.match(text, /authentication_attempts\{result="success"\} 3\n/);
});

test('gauges go up and down, watched values are read when asked for', async () => {
  const metrics = new Metrics({ processMetrics: false });
  const { activeFetch } = tokenCacheObserver(metrics);
  activeFetch('in_flight', 1);
  activeFetch('in_flight', 1);
  activeFetch('in_flight', -1);
  const counts = { written: 0, lost: 0 };
  watchAudit(metrics, () => counts);
  counts.written = 7;
  const text = await metrics.text();
  assert.match(text, /authentication_token_cache_active_fetch_count\{status="in_flight"\} 1\n/);
  assert.match(text, /apiserver_audit_event_total 7\n/);
});

for (const { name, want } of [
  { name: 'admin', want: 'admin' },
  { name: 'system:serviceaccount:kube-system:default', want: 'system:serviceaccount:kube-system:default' },
  { name: 'bob@example.com', want: 'email_id' },
  { name: 'bob', want: 'other' },
]) {
  test(`user ${name} is counted as ${want}`, () => assert.equal(compressUsername(name), want));
}
