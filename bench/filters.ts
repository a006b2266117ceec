/**
 * What the filters cost: a constant answer through the whole chain against the same answer from a bare https server.
 *
 * The machine's other work disturbs rates, so what counts is the server's own processor time for each request.
 * Budget: at least 70 % of the bare rate over HTTP/1.1, that is at most 1.43 times its time. Usage: node --conditions=source bench/filters.ts [seconds]
 */

import { fork } from 'node:child_process';
import { Agent, createServer, request } from 'node:https';
import { fileURLToPath } from 'node:url';
import { writeAnswer } from '../packages/mayfly/src/apiserver/endpoints/response.ts';
import { NO_AUDIT } from '../packages/mayfly/src/apiserver/filters/audit.ts';
import { DEFAULT_CHAIN_LIMITS, newHandlerChain } from '../packages/mayfly/src/apiserver/filters/chain.ts';
import { chainMetrics } from '../packages/mayfly/src/apiserver/filters/chain-metrics.ts';
import {
  authorizerRefusing,
  namesAuthenticator,
  newAuthority,
  servingTLS,
} from '../packages/mayfly/src/apiserver/filters/fixture.ts';
import { systemClock } from '../packages/mayfly/src/clock/clock.ts';
import { listen } from '../packages/mayfly/src/httpserver/listener.ts';
import { silentLog } from '../packages/mayfly/src/log/log.ts';
import { Metrics } from '../packages/mayfly/src/metrics/metrics.ts';
import { systemRandom } from '../packages/mayfly/src/random/random.ts';

const BODY = `${JSON.stringify({ kind: 'TokenReview', status: { authenticated: true, user: { username: 'x'.repeat(200) } } })}\n`;
const PATH = '/apis/authentication.k8s.io/v1/tokenreviews';
const CONNECTIONS = 16;
const SECONDS = Number(process.argv[2] ?? 3);

if (process.argv[2] === 'load') await load(Number(process.argv[3]), Number(process.argv[4]));
else await compare();

/** A child process, so that the client's own work is not counted as the server's. */
async function load(port: number, seconds: number): Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS, rejectUnauthorized: false });
  const endMs = performance.now() + seconds * 1000;
  let count = 0;
  const once = () =>
    new Promise<void>((resolve, reject) => {
      const sent = request(
        {
          port,
          path: PATH,
          method: 'GET',
          agent,
          headers: { authorization: 'Bearer alice', accept: 'application/json' },
        },
        (response) => {
          response.resume();
          response.on('end', resolve);
        },
      );
      sent.on('error', reject);
      sent.end();
    });
  const worker = async (): Promise<void> => {
    while (performance.now() < endMs) {
      await once();
      count++;
    }
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, worker));
  process.send?.(count / seconds);
  agent.destroy();
}

async function compare(): Promise<void> {
  const tls = servingTLS(newAuthority());
  const bare = createServer(tls, (_request, response) => {
    response.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(BODY) });
    response.end(BODY);
  }).listen(0);
  const metrics = new Metrics({ processMetrics: false });
  const chain = newHandlerChain(
    {
      authenticator: namesAuthenticator,
      apiAudiences: [],
      authorizer: authorizerRefusing(),
      onAuthenticated: () => undefined,
      audit: NO_AUDIT,
      metrics: chainMetrics(metrics, () => true),
      limits: DEFAULT_CHAIN_LIMITS,
      clock: systemClock,
      random: systemRandom,
      log: silentLog,
    },
    async (answered) => writeAnswer(answered, 200, 'application/json', BODY),
  );
  const listener = await listen({ host: '127.0.0.1', port: 0, tls, handler: chain, clock: systemClock });
  const barePort = (bare.address() as { port: number }).port;
  const costs = { bare: Number.POSITIVE_INFINITY, chain: Number.POSITIVE_INFINITY };
  for (let round = 0; round < 4; round++) {
    costs.bare = Math.min(costs.bare, await costOf(barePort));
    costs.chain = Math.min(costs.chain, await costOf(listener.port));
  }
  const share = ((costs.bare / costs.chain) * 100).toFixed(0);
  console.log(
    `bare ${costs.bare.toFixed(1)} µs, chain ${costs.chain.toFixed(1)} µs a request: ${share} % of the bare rate`,
  );
  process.exit(0);
}

/** Processor microseconds of this process for each request. */
async function costOf(port: number): Promise<number> {
  const before = process.cpuUsage();
  const count = (await rateOf(port)) * SECONDS;
  const { user, system } = process.cpuUsage(before);
  return (user + system) / count;
}

function rateOf(port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = fork(fileURLToPath(import.meta.url), ['load', String(port), String(SECONDS)]);
    child.once('message', (rate) => resolve(rate as number));
    child.once('error', reject);
  });
}
