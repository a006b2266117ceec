import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Metrics } from './metrics.ts';
import { staleUseObserver } from './stale-uses.ts';
import { productOf } from './user-agent.ts';

for (const { userAgent, want } of [
  { userAgent: 'kubectl/v1.30.4 (linux/amd64) kubernetes/a51b3b7', want: 'kubectl/1.30' },
  { userAgent: 'OpenAPI-Generator/29.0.0/python', want: 'OpenAPI-Generator/29.0' },
  { userAgent: 'Kubernetes Java Client/18.0.1-SNAPSHOT', want: 'Kubernetes Java Client/18.0' },
  { userAgent: 'Go-http-client/2.0', want: 'Go-http-client/2.0' },
  { userAgent: 'app/$Format (linux)', want: 'app' },
  { userAgent: 'Mozilla/5.0 (X11; Linux x86_64)', want: 'Mozilla/5.0' },
  { userAgent: '(nothing before it)', want: 'unknown' },
  { userAgent: '', want: 'unknown' },
  { userAgent: 'a\u001b[31m"\n{b}/1', want: 'a31mb/1' },
  { userAgent: `${'x'.repeat(300)}/1.2`, want: 'x'.repeat(48) },
]) {
  test(`productOf ${JSON.stringify(userAgent.slice(0, 40))}`, () => assert.equal(productOf(userAgent), want));
}

const USE = { namespace: 'ns1', serviceAccount: 'app', workload: 'Deployment/web', userAgent: 'py/1.2.3', node: 'n1' };

test('stale uses are counted by account, workload, client and node', async () => {
  const metrics = new Metrics({ processMetrics: false });
  const observe = staleUseObserver(metrics);
  observe(USE);
  observe({ ...USE, userAgent: 'py/1.2.4' });
  observe({ ...USE, node: 'n2' });
  const text = await metrics.text();
  const series = 'mayfly_stale_token_uses_total{namespace="ns1",service_account="app",workload="Deployment/web"';
  assert.ok(text.includes(`${series},client="py/1.2",node="n1"} 2\n`), text);
  assert.ok(text.includes(`${series},client="py/1.2",node="n2"} 1\n`), text);
});

test('whoever invents clients fills no memory: what comes late is counted as other', async () => {
  const metrics = new Metrics({ processMetrics: false });
  const observe = staleUseObserver(metrics, 10);
  for (let i = 0; i < 1000; i++) observe({ ...USE, userAgent: `client-${i}/1.0` });
  observe({ ...USE, userAgent: 'client-3/1.0' }); // known ones go on being told apart
  const lines = (await metrics.text()).split('\n').filter((line) => line.startsWith('mayfly_stale_token_uses_total{'));
  assert.equal(lines.length, 11);
  assert.ok(lines.some((line) => line.includes('client="other"') && line.endsWith(' 990')));
  assert.ok(lines.some((line) => line.includes('client="client-3/1.0"') && line.endsWith(' 2')));
});
