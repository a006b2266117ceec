/**
 * A load generator light enough not to be the bottleneck: raw HTTP/1.1 over TLS keep-alive connections, one request in
 * flight on each. It runs in a process of its own and reads one JSON configuration from standard input.
 *
 * Bodies may hold the marker `########`, replaced by an eight-digit counter, so that no two requests are alike and all
 * have one length. Paths and bodies may be lists: request n takes the n-th of each, round and round.
 */
import { text } from 'node:stream/consumers';
import { connect } from 'node:tls';

export interface LoadPlan {
  readonly port: number;
  readonly ca: string;
  readonly path: string | readonly string[];
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | readonly string[];
  readonly connections: number;
  readonly warmupMs: number;
  readonly durationMs: number;
}

export interface LoadResult {
  readonly requestsPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Status codes other than 2xx, counted. */
  readonly failures: Readonly<Record<string, number>>;
  readonly bodyBytes: number;
  /** Answers in all, warm-up included: what the server's processor time is divided by. */
  readonly answered: number;
}

const COUNTER = '########';

if (import.meta.main) {
  const plan = JSON.parse(await text(process.stdin)) as LoadPlan;
  process.stdout.write(JSON.stringify(await run(plan)));
  process.exit(0);
}

async function run(plan: LoadPlan): Promise<LoadResult> {
  const latencies: number[] = [];
  const failures: Record<string, number> = {};
  const nextRequest = requestsOf(plan);
  let bytes = 0;
  let answered = 0;
  const startMs = performance.now() + plan.warmupMs;
  const endMs = startMs + plan.durationMs;

  const connection = (): Promise<void> =>
    new Promise((resolve, reject) => {
      const socket = connect({ port: plan.port, host: '127.0.0.1', ca: plan.ca, servername: 'localhost' });
      let sentMs = 0;
      let received: Buffer = Buffer.alloc(0);
      const send = (): void => {
        sentMs = performance.now();
        if (sentMs >= endMs) {
          socket.end();
          resolve();
          return;
        }
        socket.write(nextRequest());
      };
      socket.setNoDelay(true);
      socket.on('secureConnect', send);
      socket.on('error', reject);
      socket.on('data', (chunk: Buffer) => {
        received = received.length === 0 ? chunk : Buffer.concat([received, chunk]);
        const end = responseEnd(received);
        if (end === undefined || received.length < end) return;
        answered++;
        const nowMs = performance.now();
        if (nowMs >= startMs && nowMs < endMs) {
          latencies.push(nowMs - sentMs);
          bytes = end - received.indexOf('\r\n\r\n') - 4;
          const status = received.toString('latin1', 9, 12);
          if (!status.startsWith('2')) failures[status] = (failures[status] ?? 0) + 1;
        }
        received = received.subarray(end);
        send();
      });
    });

  await Promise.all(Array.from({ length: plan.connections }, connection));
  latencies.sort((a, b) => a - b);
  return {
    requestsPerSecond: latencies.length / (plan.durationMs / 1000),
    p50Ms: latencies[Math.floor(latencies.length * 0.5)] ?? Number.NaN,
    p99Ms: latencies[Math.floor(latencies.length * 0.99)] ?? Number.NaN,
    failures,
    bodyBytes: bytes,
    answered,
  };
}

/** What to send, one after another; made beforehand as far as it can be. */
function requestsOf(plan: LoadPlan): () => Buffer {
  const paths = [plan.path].flat();
  const bodies = [plan.body].flat();
  const fixed = Array.from({ length: Math.max(paths.length, bodies.length) }, (_, i) => {
    const text = requestText(plan, paths[i % paths.length] ?? '/', bodies[i % bodies.length] ?? '');
    return { text, buffer: text.includes(COUNTER) ? undefined : Buffer.from(text) };
  });
  let counter = 0;
  return () => {
    const { text = '', buffer } = fixed[counter % fixed.length] ?? {};
    counter++;
    return buffer ?? Buffer.from(text.replace(COUNTER, String(counter % 1e8).padStart(8, '0')));
  };
}

function requestText({ headers }: LoadPlan, path: string, body: string): string {
  return [
    `POST ${path} HTTP/1.1`,
    'Host: 127.0.0.1',
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
    `Content-Length: ${Buffer.byteLength(body)}`,
    '',
    body,
  ].join('\r\n');
}

/** Length of the whole first response once its head is there; answers must carry Content-Length. */
function responseEnd(received: Buffer): number | undefined {
  const headEnd = received.indexOf('\r\n\r\n');
  if (headEnd < 0) return undefined;
  const length = /content-length: (\d+)/i.exec(received.toString('latin1', 0, headEnd));
  if (length?.[1] === undefined) throw new Error('response without Content-Length');
  return headEnd + 4 + Number(length[1]);
}
