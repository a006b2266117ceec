import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer as createHTTPServer, type RequestListener, type Server } from 'node:http';
import { createServer as createHTTPSServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { type TestContext, test } from 'node:test';
import type { TLSSocket } from 'node:tls';
import { FakeClock } from '../clock/fake-clock.ts';
import { systemRandom } from '../random/random.ts';
import { formatKeyed, issueCA, issueClient, issueServing, validityFrom } from '../x509/issue.ts';
import { type FetchOptions, newFetcher } from './fetch.ts';

const random = systemRandom;
const validity = validityFrom(Date.now(), 3_600_000);
const authority = issueCA({ ...validity, commonName: 'test ca', random });
const ca = formatKeyed(authority).cert;
const serving = formatKeyed(issueServing({ ...validity, commonName: 's', hosts: ['localhost'], random }, authority));
const client = formatKeyed(issueClient({ ...validity, commonName: 'ann', organizations: ['ops'], random }, authority));

async function serve(context: TestContext, handler: RequestListener, secure: boolean): Promise<string> {
  const tls = { ca, cert: serving.cert, key: serving.key, requestCert: true, rejectUnauthorized: false };
  const server: Server = secure ? createHTTPSServer(tls, handler) : createHTTPServer(handler);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  context.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return `${secure ? 'https' : 'http'}://localhost:${(server.address() as AddressInfo).port}`;
}

function fetcher(context: TestContext, options: Partial<FetchOptions> = {}) {
  const made = newFetcher({ clock: new FakeClock(), timeoutMs: 5_000, maxResponseBytes: 1_000, ...options });
  context.after(() => made.close());
  return made;
}

const GET = { method: 'GET', headers: {} };

test('sends method, headers and body, and reads the answer', async (context) => {
  const url = await serve(
    context,
    (request, response) => {
      let body = '';
      request.setEncoding('utf8').on('data', (chunk: string) => {
        body += chunk;
      });
      const { method, headers } = request;
      request.on('end', () => {
        response.writeHead(201, { 'x-seen': 'yes' });
        response.end(`${method} ${headers.a} ${headers['content-length']} ${body}`);
      });
    },
    false,
  );
  const response = await fetcher(context).fetch(url, { method: 'POST', headers: { a: 'b' }, body: 'grüß' });
  assert.deepEqual([response.status, response.headers.get('X-Seen'), response.headers.get('none')], [201, 'yes', null]);
  assert.equal(await response.text(), 'POST b 6 grüß');
});

test('trusts the given CA and no other', async (context) => {
  const url = await serve(context, (_, response) => void response.end('ok'), true);
  assert.equal(await (await fetcher(context, { ca }).fetch(url, GET)).text(), 'ok');
  await assert.rejects(fetcher(context).fetch(url, GET), { code: 'SELF_SIGNED_CERT_IN_CHAIN' });
  await assert.rejects(fetcher(context, { ca, serverName: 'other' }).fetch(url, GET), {
    code: 'ERR_TLS_CERT_ALTNAME_INVALID',
  });
});

test('shows its client certificate', async (context) => {
  const url = await serve(
    context,
    ({ socket }, response) => void response.end(String((socket as TLSSocket).getPeerCertificate().subject?.CN)),
    true,
  );
  const clientCertificate = { certificate: client.cert, key: client.key };
  assert.equal(await (await fetcher(context, { ca, clientCertificate }).fetch(url, GET)).text(), 'ann');
});

test('keeps its connection', async (context) => {
  const ports = new Set<number | undefined>();
  const answer: RequestListener = ({ socket }, response) => {
    ports.add(socket.remotePort);
    response.end('ok');
  };
  const { fetch } = fetcher(context);
  const url = await serve(context, answer, false);
  for (let i = 0; i < 3; i++) await (await fetch(url, GET)).text();
  assert.equal(ports.size, 1);
});

test('refuses an answer longer than its bound', async (context) => {
  const url = await serve(context, (_, response) => void response.end('x'.repeat(1_001)), false);
  const response = await fetcher(context).fetch(url, GET);
  await assert.rejects(response.text(), /^Error: the answer is longer than 1000 bytes$/);
});

test('gives up when no answer comes in time', async (context) => {
  const clock = new FakeClock();
  const url = await serve(context, () => clock.advance(5_000), false);
  await assert.rejects(fetcher(context, { clock }).fetch(url, GET), /^Error: no answer within 5000 ms$/);
});

test('ends with its signal, while it waits and while it streams', async (context) => {
  const waiting = new AbortController();
  const silent = await serve(context, () => waiting.abort(), false);
  await assert.rejects(fetcher(context).fetch(silent, { ...GET, signal: waiting.signal }), { name: 'AbortError' });
  const streaming = new AbortController();
  const endless = await serve(context, (_, response) => void response.write('first'), false);
  const { body } = await fetcher(context).fetch(endless, { ...GET, signal: streaming.signal });
  const seen: string[] = [];
  await assert.rejects(async () => {
    for await (const chunk of body) {
      seen.push(Buffer.from(chunk).toString());
      streaming.abort();
    }
  });
  assert.deepEqual(seen, ['first']);
});

test('takes a redirect for an answer', async (context) => {
  const url = await serve(context, (_, response) => void response.writeHead(302, { location: '/x' }).end(), false);
  assert.equal((await fetcher(context).fetch(url, GET)).status, 302);
});
