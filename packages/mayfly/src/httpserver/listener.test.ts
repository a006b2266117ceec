import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { connect as connectHTTP2 } from 'node:http2';
import { Agent, request as httpsRequest } from 'node:https';
import { describe, type TestContext, test } from 'node:test';
import { connect as connectTLS, type TLSSocket } from 'node:tls';
import { FakeClock } from '../clock/fake-clock.ts';
import { systemRandom } from '../random/random.ts';
import { formatKeyed, issueCA, issueClient, issueServing, validityFrom } from '../x509/issue.ts';
import { BodyTooLargeError, readBody } from './body.ts';
import { type HTTPResponse, type ListenOptions, listen, type RequestListener } from './listener.ts';

const VALIDITY = { random: systemRandom, ...validityFrom(Date.now(), 3_600_000) };
const AUTHORITY = issueCA({ commonName: 'test', ...VALIDITY });
const CA = formatKeyed(AUTHORITY).cert;

function serving(commonName = 'server') {
  return formatKeyed(issueServing({ commonName, hosts: ['127.0.0.1'], ...VALIDITY }, AUTHORITY));
}

function client(commonName = 'alice') {
  return issueClient({ commonName, organizations: [], ...VALIDITY }, AUTHORITY);
}

/** A listener that has nothing to do at the end. */
type Answerer = (...request: Parameters<RequestListener>) => void;

const sayOK: Answerer = (_request, response) => end(response, 'ok');

function end(response: HTTPResponse, text: string): void {
  (response as ServerResponse).writeHead(200); // both kinds take the same calls
  response.end(text);
}

async function start(t: TestContext, answer: Answerer, options: Partial<ListenOptions> = {}) {
  const clock = new FakeClock();
  const handler: RequestListener = (...request) => {
    answer(...request);
    return undefined;
  };
  const listener = await listen({ host: '127.0.0.1', port: 0, tls: serving(), handler, clock, ...options });
  t.after(() => {
    const drained = listener.drain(1);
    clock.advance(1);
    return drained;
  });
  return { listener, clock, url: `https://127.0.0.1:${listener.port}` };
}

async function get(url: string, options: object = {}): Promise<string> {
  const sent = httpsRequest(url, { ca: CA, agent: false, ...options });
  sent.end();
  const [response] = await once(sent, 'response');
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

async function getHTTP2(url: string): Promise<string> {
  const session = connectHTTP2(url, { ca: CA });
  const stream = session.request({ ':path': '/' });
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  session.close();
  return Buffer.concat(chunks).toString();
}

describe('protocols', () => {
  test('one port speaks HTTP/2 and HTTP/1.1', async (t) => {
    const { url } = await start(t, (_request, response, connection) => end(response, String(connection.isHTTP2)));
    assert.equal(await get(url), 'false');
    assert.equal(await getHTTP2(url), 'true');
  });

  test('without HTTP/2 the port offers only HTTP/1.1', async (t) => {
    const { listener } = await start(t, sayOK, { http1Only: true });
    const socket = connectTLS({ host: '127.0.0.1', port: listener.port, ca: CA, ALPNProtocols: ['h2', 'http/1.1'] });
    await once(socket, 'secureConnect');
    assert.equal(socket.alpnProtocol, 'http/1.1');
    socket.destroy();
  });

  test('TLS below 1.2 is refused', async (t) => {
    const { listener } = await start(t, sayOK);
    const socket = connectTLS({
      host: '127.0.0.1',
      port: listener.port,
      ca: CA,
      maxVersion: 'TLSv1.1',
      minVersion: 'TLSv1',
    });
    const [error] = await once(socket, 'error');
    assert.ok(error);
  });

  test('three hundred streams are open on one HTTP/2 connection', async (t) => {
    const waiting: HTTPResponse[] = [];
    const { url } = await start(t, (_request, response) => {
      (response as ServerResponse).writeHead(200);
      waiting.push(response);
    });
    const session = connectHTTP2(url, { ca: CA });
    await once(session, 'remoteSettings');
    const streams = Array.from({ length: 300 }, () => session.request({ ':path': '/' }));
    await Promise.all(streams.map((stream) => once(stream, 'response')));
    assert.equal(waiting.length, 300);
    session.destroy();
  });
});

describe('client certificates', () => {
  const tellChain: Answerer = (_request, response, { certificates }) =>
    end(response, JSON.stringify(certificates?.map((der) => Buffer.from(der).toString('base64'))) ?? 'none');

  test('none is asked of nobody: the request goes on without', async (t) => {
    const { url } = await start(t, tellChain);
    assert.equal(await get(url), 'none');
  });

  test('one that nobody vouches for is handed on, for the authenticator to judge', async (t) => {
    const stranger = issueCA({ commonName: 'stranger', ...VALIDITY });
    const keyed = issueClient({ commonName: 'mallory', organizations: [], ...VALIDITY }, stranger);
    const { url } = await start(t, tellChain);
    assert.deepEqual(JSON.parse(await get(url, formatKeyed(keyed))), [
      Buffer.from(keyed.certificate.raw).toString('base64'),
    ]);
  });

  for (const maxVersion of ['TLSv1.2', 'TLSv1.3'] as const) {
    test(`a resumed ${maxVersion} session has the chain of the first`, async (t) => {
      const keyed = client();
      const { cert, key } = formatKeyed(keyed);
      const { listener } = await start(t, tellChain);
      const connect = (session?: Buffer): TLSSocket =>
        connectTLS({
          host: '127.0.0.1',
          port: listener.port,
          ca: CA,
          key,
          cert: cert + CA,
          maxVersion,
          ...(session ? { session } : {}),
        });
      const ask = async (socket: TLSSocket): Promise<string> => {
        socket.write('GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
        let text = '';
        for await (const chunk of socket) text += String(chunk);
        return text.slice(text.indexOf('['), text.lastIndexOf(']') + 1);
      };
      const first = connect();
      const ticket = once(first, 'session');
      const chain = await ask(first);
      assert.equal(JSON.parse(chain).length, 2);
      assert.equal(JSON.parse(chain)[0], Buffer.from(keyed.certificate.raw).toString('base64'));
      const [session] = await ticket;
      const second = connect(session);
      const reused = once(second, 'secureConnect').then(() => second.isSessionReused());
      assert.equal(await ask(second), chain);
      assert.equal(await reused, true);
    });
  }
});

describe('reload', () => {
  test('a new connection gets the new certificate, an open one goes on', async (t) => {
    const { listener, url } = await start(t, sayOK);
    const agent = new Agent({ keepAlive: true, ca: CA, maxSockets: 1 });
    t.after(() => agent.destroy());
    assert.equal(await get(url, { agent }), 'ok');
    listener.reload(serving('renewed'));
    assert.equal(await get(url, { agent }), 'ok');
    const socket = connectTLS({ host: '127.0.0.1', port: listener.port, ca: CA });
    await once(socket, 'secureConnect');
    assert.equal(socket.getPeerCertificate().subject.CN, 'renewed');
    socket.destroy();
  });
});

describe('drain', () => {
  test('a request in flight is answered, then its connection closes', async (t) => {
    let response: HTTPResponse | undefined;
    const { promise: inside, resolve: entered } = Promise.withResolvers<void>();
    const { listener, url } = await start(t, (_request, outgoing) => {
      response = outgoing;
      entered();
    });
    const agent = new Agent({ keepAlive: true, ca: CA });
    t.after(() => agent.destroy());
    const answer = get(url, { agent });
    await inside;
    const drained = listener.drain(10_000);
    end(response as HTTPResponse, 'late');
    assert.equal(await answer, 'late');
    await drained;
    await assert.rejects(get(url), { code: 'ECONNREFUSED' });
  });

  test('idle connections of both protocols are closed at once', async (t) => {
    const { listener, url } = await start(t, sayOK);
    const agent = new Agent({ keepAlive: true, ca: CA });
    t.after(() => agent.destroy());
    assert.equal(await get(url, { agent }), 'ok');
    const session = connectHTTP2(url, { ca: CA });
    const stream = session.request({ ':path': '/' });
    stream.resume();
    await once(stream, 'end');
    await listener.drain(10_000);
  });

  test('what has not ended after the grace time is cut', async (t) => {
    const clock = new FakeClock();
    const { promise: inside, resolve: entered } = Promise.withResolvers<void>();
    const { listener, url } = await start(t, () => entered(), { clock });
    const failure = assert.rejects(get(url));
    await inside;
    const drained = listener.drain(10_000);
    clock.advance(10_000);
    await Promise.all([drained, failure]);
  });
});

describe('slow clients', () => {
  test('a client that does not finish its headers is cut off', async (t) => {
    const { listener } = await start(t, sayOK, {
      limits: { headersTimeoutMs: 50, requestTimeoutMs: 60, checkIntervalMs: 20 },
    });
    const socket = connectTLS({ host: '127.0.0.1', port: listener.port, ca: CA });
    await once(socket, 'secureConnect');
    socket.write('GET / HTTP/1.1\r\nHost: x\r\nX-Slow: ');
    const [answer] = await once(socket, 'data');
    assert.match(String(answer), /^HTTP\/1\.1 408 /);
    await once(socket, 'close');
  });

  test('headers beyond the limit are refused', async (t) => {
    let handled = 0;
    const { url } = await start(t, (_request, response) => end(response, String(++handled)));
    const sent = httpsRequest(url, { ca: CA, agent: false, headers: { 'x-large': 'x'.repeat(70_000) } });
    sent.end();
    const outcome = await new Promise((resolve) => {
      sent.once('response', ({ statusCode }) => resolve(statusCode));
      sent.once('error', () => resolve(431)); // closed while it was still sending
    });
    assert.equal(outcome, 431);
    assert.equal(handled, 0);
  });
});

describe('bodies', () => {
  for (const { name, headers, sizeBytes, want } of [
    { name: 'at the limit', headers: {}, sizeBytes: 1000, want: '1000' },
    {
      name: 'one byte over, declared',
      headers: { 'content-length': '1001' },
      sizeBytes: 1001,
      want: 'BodyTooLargeError',
    },
    {
      name: 'one byte over, undeclared',
      headers: { 'transfer-encoding': 'chunked' },
      sizeBytes: 1001,
      want: 'BodyTooLargeError',
    },
  ]) {
    test(`a body ${name}`, async (t) => {
      const { url } = await start(t, (request, response) => {
        void readBody(request, 1000)
          .then((body) => String(body.length))
          .catch((error: unknown) => (error instanceof BodyTooLargeError ? error.name : 'unexpected'))
          .then((answer) => end(response, answer));
      });
      const sent = httpsRequest(url, { method: 'POST', ca: CA, agent: false, headers });
      sent.end(Buffer.alloc(sizeBytes));
      const [response] = await once(sent, 'response');
      const [text] = await once(response, 'data');
      assert.equal(String(text), want);
      response.destroy();
    });
  }
});
