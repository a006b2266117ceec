/**
 * What a hostile peer does below the API: broken framing, smuggling shapes, strange targets, floods. Every one is bounded
 * in count and time, and after each the server answers somebody else.
 */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type ClientHttp2Session, connect as connectHTTP2 } from 'node:http2';
import { connect as connectTCP } from 'node:net';
import { after, afterEach, before, describe, test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import type { TLSSocket } from 'node:tls';
import { type Mayfly, startMayfly } from 'mayfly/testing';
import { adminCredential, Wire } from './wire.ts';

let mayfly: Mayfly;
let wire: Wire;
let revision: number;

before(async () => {
  mayfly = await startMayfly();
  wire = new Wire(mayfly);
  await mayfly.issueToken('default', 'nobody');
  revision = await wire.revision();
});
afterEach(async () => {
  assert.equal((await wire.send({ path: '/livez' })).code, 200, 'the server no longer answers others');
  assert.equal(await wire.revision(), revision, 'something was written');
});
after(async () => {
  wire.close();
  await mayfly.close();
});

const HOST = 'Host: x\r\n';

/** Writes the bytes and reads until the server has closed; the bytes end with a request to close where they can. */
async function exchange(bytes: string, asAdmin = true): Promise<string> {
  const socket = await wire.socket(asAdmin);
  let answer = '';
  socket.on('error', () => undefined); // a reset is an answer too
  socket.on('data', (chunk: Buffer) => (answer += chunk.toString()));
  const closed = once(socket, 'close');
  socket.write(bytes, 'latin1');
  await closed;
  return answer;
}

const codes = (answer: string): number[] => [...answer.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, code]) => Number(code));
const close = 'Connection: close\r\n';
const post = (headers: string, body: string): string =>
  `POST /api/v1/namespaces HTTP/1.1\r\n${HOST}Content-Type: application/json\r\n${headers}\r\n${body}`;
const get = (target: string, headers = ''): string => `GET ${target} HTTP/1.1\r\n${HOST}${close}${headers}\r\n`;
const SMUGGLED = get('/api/v1/secrets');

describe('framing', () => {
  for (const { name, bytes, want } of [
    {
      name: 'Content-Length beside Transfer-Encoding',
      bytes: post('Content-Length: 4\r\nTransfer-Encoding: chunked\r\n', `0\r\n\r\n${SMUGGLED}`),
      want: [400],
    },
    {
      name: 'Transfer-Encoding beside Content-Length',
      bytes: post('Transfer-Encoding: chunked\r\nContent-Length: 4\r\n', `0\r\n\r\n${SMUGGLED}`),
      want: [400],
    },
    { name: 'two Content-Lengths', bytes: post('Content-Length: 4\r\nContent-Length: 5\r\n', SMUGGLED), want: [400] },
    { name: 'a list of Content-Lengths', bytes: post('Content-Length: 4, 4\r\n', SMUGGLED), want: [400] },
    { name: 'a negative Content-Length', bytes: post('Content-Length: -1\r\n', SMUGGLED), want: [400] },
    { name: 'a Content-Length with a sign', bytes: post('Content-Length: +4\r\n', SMUGGLED), want: [400] },
    {
      name: 'chunked not last',
      bytes: post('Transfer-Encoding: chunked, identity\r\n', `0\r\n\r\n${SMUGGLED}`),
      want: [400],
    },
    { name: 'an unknown coding', bytes: post('Transfer-Encoding: xchunked\r\n', `0\r\n\r\n${SMUGGLED}`), want: [400] },
    {
      name: 'a chunk size that is none',
      bytes: post('Transfer-Encoding: chunked\r\n', `zz\r\n\r\n${SMUGGLED}`),
      want: [400],
    },
    {
      name: 'a chunk size past 64 bits',
      bytes: post('Transfer-Encoding: chunked\r\n', 'fffffffffffffffff\r\n'),
      want: [400],
    },
    { name: 'bare line feeds', bytes: `GET /version HTTP/1.1\nHost: x\n\n`, want: [400] },
    { name: 'a blank before the colon', bytes: get('/version', 'Authorization : Bearer x\r\n'), want: [400] },
    { name: 'a folded header', bytes: get('/version', 'X-A: b\r\n c\r\n'), want: [400] },
    { name: 'a NUL in a header', bytes: get('/version', 'X-A: a\0b\r\n'), want: [400] },
    { name: 'no Host', bytes: 'GET /version HTTP/1.1\r\nConnection: close\r\n\r\n', want: [400] },
    { name: 'a target outside ASCII', bytes: get('/\xff'), want: [400] },
    { name: 'an unknown method', bytes: `FOO /version HTTP/1.1\r\n${HOST}\r\n`, want: [400] },
    { name: 'an HTTP/2 preface on an HTTP/1.1 connection', bytes: 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', want: [400] },
    {
      name: 'an expectation we do not know',
      bytes: post(`Expect: 200-maybe\r\nContent-Length: 2\r\n${close}`, '{}'),
      want: [417],
    },
  ]) {
    test(`refuses ${name}, and nothing behind it is read as a request`, async () => {
      const answer = await exchange(bytes);
      assert.deepEqual(codes(answer), want, answer);
      assert.doesNotMatch(answer, /SecretList/);
    });
  }

  test('headers of 70 KB are not read to their end', async () => {
    const answer = await exchange(get('/version', `X-A: ${'a'.repeat(70_000)}\r\n`));
    assert.ok(codes(answer).every((code) => code === 431)); // or a reset came before the answer
  });

  test('CONNECT is not for us', async () => {
    assert.deepEqual(codes(await exchange(`CONNECT example.com:443 HTTP/1.1\r\n${HOST}\r\n`)), []);
  });

  test('the body of a GET is not the next request', async () => {
    const answer = await exchange(
      `GET /version HTTP/1.1\r\n${HOST}Content-Length: ${SMUGGLED.length}\r\n\r\n${SMUGGLED}${get('/livez')}`,
    );
    assert.deepEqual(codes(answer), [200, 200]);
    assert.doesNotMatch(answer, /SecretList/);
  });

  test('pipelined requests are answered in order', async () => {
    const one = (path: string): string => `GET ${path} HTTP/1.1\r\n${HOST}\r\n`;
    const answer = await exchange(one('/livez') + one('/nope') + one('/version') + get('/api/v1/secrets'));
    assert.deepEqual(codes(answer), [200, 404, 200, 200]);
  });

  test('a refused upload does not become a request', async () => {
    const body = `${' '.repeat(3 * 1024 * 1024)}${SMUGGLED}`;
    const answer = await exchange(post(`Content-Length: ${body.length}\r\n${close}`, body));
    assert.ok(
      codes(answer).every((code) => code === 413),
      answer.slice(0, 200),
    ); // or a reset before it was read
    assert.doesNotMatch(answer, /SecretList/);
  });

  test('a client that waits for 100 Continue is told to go on', async () => {
    const socket = await wire.socket(true);
    socket.write(post('Content-Length: 2\r\nExpect: 100-continue\r\nConnection: close\r\n', ''));
    assert.match(String((await once(socket, 'data'))[0]), /^HTTP\/1\.1 100 Continue/);
    socket.write('{}');
    assert.match(String((await once(socket, 'data'))[0]), /^HTTP\/1\.1 422 /);
    socket.destroy();
  });

  test('a client that has said all it will is answered', async () => {
    const socket = await wire.socket(true);
    socket.end(`GET /version HTTP/1.1\r\n${HOST}\r\n`);
    assert.match(String((await once(socket, 'data'))[0]), /^HTTP\/1\.1 200 /);
  });
});

describe('targets', () => {
  for (const { target, want } of [
    { target: '/api/v1/namespaces/default/../kube-system', want: 404 },
    { target: '/livez/../api/v1/secrets', want: 404 },
    { target: '/livez/%2e%2e/api/v1/secrets', want: 404 },
    { target: '/api/v1/namespaces/%2e%2e', want: 400 },
    { target: '/api/v1/namespaces/..', want: 400 },
    { target: '/api/v1/namespaces/a%00b', want: 400 },
    { target: '/api/v1/namespaces/%zz', want: 400 },
    { target: '/api/v1/namespaces/%ff', want: 400 },
    { target: '/api//v1/namespaces//default', want: 404 },
    { target: '/api/v1/namespaces/default#x', want: 404 },
    { target: `/api/v1/namespaces/${'a'.repeat(60_000)}`, want: 404 },
    { target: '/__proto__', want: 404 },
    { target: '/api/v1/constructor', want: 404 },
    { target: '/apis/__proto__/v1/toString', want: 404 },
    { target: '/openapi/v3/__proto__', want: 404 },
  ]) {
    test(`${target.slice(0, 50)} is ${want} for an admin`, async () => {
      const answer = await exchange(get(target));
      assert.deepEqual(codes(answer), [want], answer.slice(0, 600));
    });
  }

  for (const target of [
    '//api/v1/secrets',
    '/api/v1/secrets/',
    '/./api/v1/secrets',
    '/api/v1/namespaces/default%2fsecrets',
    '/api/v1/namespaces/default/secrets?x=/version',
    '/%61pi/v1/secrets',
    'https://elsewhere.example/api/v1/secrets',
    '/version/../api/v1/secrets',
    '/livez/../../api/v1/secrets',
    '/healthz/%2e%2e/%2e%2e/api/v1/secrets',
    '/openid/v1/jwks/../../../api/v1/secrets',
    '/apis/../api/v1/secrets',
  ]) {
    test(`${target} shows nobody a secret`, async () => {
      const answer = await exchange(get(target), false);
      assert.ok([400, 403, 404].includes(codes(answer)[0] ?? 0), answer);
      assert.doesNotMatch(answer, /SecretList/);
    });
  }

  for (const method of ['TRACE', 'OPTIONS', 'PROPFIND', 'PURGE', 'M-SEARCH']) {
    test(`${method} is not allowed`, async () => {
      const answer = await exchange(`${method} /api/v1/namespaces HTTP/1.1\r\n${HOST}${close}\r\n`);
      assert.deepEqual(codes(answer), [405]);
    });
  }

  for (const upgrade of ['websocket', 'h2c', 'SPDY/3.1']) {
    test(`no ${upgrade} is switched to`, async () => {
      const answer = await exchange(
        `GET /version HTTP/1.1\r\n${HOST}Connection: Upgrade, close\r\nUpgrade: ${upgrade}\r\n\r\n`,
      );
      assert.deepEqual(codes(answer), [200]);
    });
  }

  test('an impersonation header behind thousands of others is not overlooked', async () => {
    const many = Array.from({ length: 3000 }, (_, i) => `X-${i}: y\r\n`).join('');
    const answer = await exchange(get('/version', `${many}Impersonate-User: admin\r\n`), false);
    assert.deepEqual(codes(answer), [403], answer.slice(0, 200)); // as a stranger alone it would be 200
  });
});

async function session(asAdmin = true): Promise<ClientHttp2Session> {
  const credential = asAdmin ? adminCredential(mayfly.kubeconfig) : {};
  const opened = connectHTTP2(mayfly.url, { ca: mayfly.caCertificate, ...credential });
  opened.on('error', () => undefined); // being thrown out is what these tests ask for
  await once(opened, 'remoteSettings');
  return opened;
}

const isOpen = (opened: ClientHttp2Session): boolean => !opened.closed && !opened.destroyed;

describe('floods', () => {
  for (const asAdmin of [true, false]) {
    test(`streams that are reset at once, ${asAdmin ? 'by an admin' : 'by a stranger'}`, async () => {
      const flood = await session(asAdmin);
      for (let i = 0; i < 3000 && isOpen(flood); i++) {
        const stream = flood.request({ ':path': '/api/v1/namespaces' });
        stream.on('error', () => undefined);
        stream.close(8); // CANCEL
        if (i % 100 === 0) await turn();
      }
      flood.destroy();
    });
  }

  test('pings and settings', async () => {
    const flood = await session();
    for (let i = 0; i < 3000 && isOpen(flood); i++) {
      flood.ping(() => undefined);
      if (i % 20 === 0) flood.settings({ initialWindowSize: 65_535 + i }, () => undefined);
      if (i % 50 === 0) await turn();
    }
    flood.destroy();
  });

  test('headers over the limit on HTTP/2', async () => {
    const opened = await session();
    const stream = opened.request({ ':path': '/version', 'x-a': 'a'.repeat(70_000) });
    const outcome = await new Promise((resolve) => {
      stream.on('response', (headers) => resolve(headers[':status']));
      stream.on('error', () => resolve(431)); // refused before it was opened
      stream.on('close', () => resolve(431));
    });
    assert.equal(outcome, 431);
    opened.destroy();
  });

  test('three hundred connections that say nothing', async () => {
    const idle = await Promise.all(Array.from({ length: 300 }, () => wire.socket()));
    assert.equal((await wire.send({ path: '/version' })).code, 200);
    for (const socket of idle) socket.destroy();
  });

  test('connections that are not TLS', async () => {
    const { hostname: host, port } = new URL(mayfly.url);
    const hello = Buffer.from([0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0xff, 0xff, 0xff]);
    for (const bytes of ['GET / HTTP/1.1\r\n\r\n', Buffer.alloc(4096, 0xff), hello, Buffer.alloc(0)]) {
      const socket = connectTCP({ host, port: Number(port) });
      socket.on('error', () => undefined);
      await once(socket, 'connect');
      const closed = once(socket, 'close');
      socket.end(bytes);
      socket.resume();
      await closed;
    }
  });

  test('memory stays where it was under two thousand bad tokens and bad bodies', async () => {
    const attack = async (i: number): Promise<void> => {
      await wire.send({ path: '/version', token: `${i}.${'x'.repeat(2000)}.y` });
      await wire.send({
        method: 'POST',
        path: '/api/v1/namespaces',
        type: 'application/json',
        body: `{"x":${'['.repeat(5000)}`,
      });
    };
    const round = async (from: number): Promise<number> => {
      for (let i = from; i < from + 500; i += 20)
        await Promise.all(Array.from({ length: 20 }, (_, n) => attack(i + n)));
      return process.memoryUsage().heapUsed;
    };
    await round(0);
    const before = process.memoryUsage().rss;
    await round(500);
    assert.ok(process.memoryUsage().rss - before < 100 * 1024 * 1024);
  });
});

describe('slow clients', () => {
  test('a body that never comes is given up, and its connection closed', async () => {
    const socket: TLSSocket = await wire.socket(true);
    const other = await wire.send({ path: '/version' });
    socket.write(post('Content-Length: 1000\r\n', '{"metadata"'));
    const answered = once(socket, 'data');
    // The request is inside once its bytes were read, which another request sent later shows.
    for (let i = 0; i < 5; i++) await wire.send({ path: '/version' });
    mayfly.clock.advance(61_000);
    assert.match(String((await answered)[0]), /^HTTP\/1\.1 504 /);
    assert.equal(other.code, 200);
    socket.destroy();
  });

  test('a client that goes away in the middle of its body leaves nothing', async () => {
    const socket = await wire.socket(true);
    socket.write(post('Content-Length: 1000\r\n', '{"metadata":{"name":"half"}}'));
    const closed = once(socket, 'close');
    socket.destroy();
    await closed;
    assert.equal((await wire.send({ path: '/api/v1/namespaces/half' })).code, 404);
  });
});
