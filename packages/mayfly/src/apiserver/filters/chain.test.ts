import assert from 'node:assert/strict';
import { once } from 'node:events';
import { request as httpsRequest } from 'node:https';
import { describe, type TestContext, test } from 'node:test';
import { FakeClock } from '../../clock/fake-clock.ts';
import { silentLog } from '../../log/log.ts';
import type { AuditEvent } from '../audit/event.ts';
import { noAuditSink } from '../audit/sink.ts';
import type { CredentialSource } from '../authentication/authenticator.ts';
import type { RequestContext } from '../registry/rest.ts';
import { newAuditRecorder } from './audit-recorder.ts';
import { configMap, fakeConfigMaps } from './fake-resource.ts';
import { ADMIN, ALICE, authorizerRefusing, namesAuthenticator, type ServerOptions, startServer } from './fixture.ts';

const CONFIG_MAP = '/api/v1/namespaces/default/configmaps/a';
const readable = fakeConfigMaps({ get: async (_context, name) => configMap(name) });

async function serverFor(t: TestContext, options: Partial<ServerOptions> = {}) {
  const server = await startServer({ resources: [readable], ...options });
  t.after(() => server.close());
  return server;
}

const UNAUTHORIZED =
  '{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"Unauthorized","reason":"Unauthorized","code":401}\n';

describe('authentication', () => {
  for (const as of ['', 'nobody']) {
    test(`answers 401, always the same, to ${as === '' ? 'no credential' : 'a refused one'}`, async (t) => {
      const server = await serverFor(t);
      const answer = await server.request(CONFIG_MAP, { as });
      assert.equal(answer.code, 401);
      assert.equal(answer.text, UNAUTHORIZED);
      assert.equal(answer.headers['content-type'], 'application/json');
      assert.equal(answer.headers['cache-control'], 'no-cache, private');
      assert.equal(answer.headers['x-content-type-options'], 'nosniff');
      assert.equal(answer.headers['www-authenticate'], undefined);
      assert.match(String(answer.headers['audit-id']), /^[0-9a-f-]{36}$/);
    });
  }

  test('refuses a token that is meant for another audience', async (t) => {
    const authenticator = {
      authenticateRequest: async () => ({ outcome: 'authenticated' as const, user: ALICE, audiences: ['vault'] }),
    };
    const server = await serverFor(t, { authenticator, apiAudiences: ['api'] });
    assert.equal((await server.request(CONFIG_MAP)).code, 401);
  });

  test('accepts a user without audiences, such as a certificate', async (t) => {
    const server = await serverFor(t, { apiAudiences: ['api'] });
    assert.equal((await server.request(CONFIG_MAP)).code, 200);
  });

  test('leaves no credential on the request', async (t) => {
    let seen: string[] = [];
    const resource = fakeConfigMaps({
      async get(context, name) {
        const source = context as RequestContext & CredentialSource;
        seen = source.headerNames().filter((header) => /^(authorization|x-remote|sec-websocket)/.test(header));
        return configMap(name);
      },
    });
    const server = await serverFor(t, { resources: [resource] });
    const headers = {
      'X-Remote-User': 'root',
      'x-remote-UID': '0',
      'X-Remote-Group': 'system:masters',
      'X-Remote-Extra-Scopes': 'all',
      'Sec-WebSocket-Protocol': 'base64url.bearer.authorization.k8s.io.YWRtaW4, v4.channel.k8s.io',
    };
    assert.equal((await server.request(CONFIG_MAP, { headers })).code, 200);
    assert.deepEqual(seen, []);
  });

  test('tells an anonymous HTTP/2 client to go after one request', async (t) => {
    const server = await serverFor(t);
    const session = server.session();
    const goaway = once(session, 'goaway');
    const stream = session.request({ ':path': '/version', authorization: 'Bearer anonymous' });
    const [headers] = await once(stream, 'response');
    assert.equal(headers[':status'], 200);
    stream.resume();
    await goaway;
  });

  test('keeps an authenticated HTTP/2 connection', async (t) => {
    const server = await serverFor(t);
    const session = server.session();
    for (let i = 0; i < 2; i++) {
      const stream = session.request({ ':path': '/version', authorization: 'Bearer alice' });
      const [headers] = await once(stream, 'response');
      assert.equal(headers[':status'], 200);
      stream.resume();
      await once(stream, 'end');
    }
    assert.equal(session.closed, false);
  });
});

describe('authorization', () => {
  const forbid = authorizerRefusing(() => ({ decision: 'NoOpinion', reason: '' }));
  for (const { name, path, want } of [
    {
      name: 'a named object',
      path: CONFIG_MAP,
      want: 'configmaps "a" is forbidden: User "alice" cannot get resource "configmaps" in API group "" in the namespace "default"',
    },
    {
      name: 'a subresource',
      path: '/api/v1/namespaces/default/pods/p/log',
      want: 'pods "p" is forbidden: User "alice" cannot get resource "pods/log" in API group "" in the namespace "default"',
    },
    {
      name: 'all namespaces',
      path: '/api/v1/configmaps',
      want: 'configmaps is forbidden: User "alice" cannot list resource "configmaps" in API group "" at the cluster scope',
    },
    { name: 'a path', path: '/metrics', want: 'forbidden: User "alice" cannot get path "/metrics"' },
  ]) {
    test(`refuses ${name} in Kubernetes' words`, async (t) => {
      const server = await serverFor(t, { authorizer: forbid });
      const { code, json } = await server.request(path, { as: 'alice' });
      assert.equal(code, 403);
      assert.equal(json.reason, 'Forbidden');
      assert.equal(json.message, want);
    });
  }

  test('an authorizer that errs makes a plain 500', async (t) => {
    const authorizer = authorizerRefusing(() => ({ decision: 'NoOpinion', reason: '', error: 'index is <empty>' }));
    const server = await serverFor(t, { authorizer });
    const { code, text, headers } = await server.request(CONFIG_MAP);
    assert.equal(code, 500);
    assert.equal(headers['content-type'], 'text/plain; charset=utf-8');
    assert.equal(text, `Internal Server Error: "${CONFIG_MAP}": index is &lt;empty&gt;\n`);
  });
});

describe('impersonation', () => {
  const seenUser = () => {
    const seen: { name: string; headers: number }[] = [];
    const resource = fakeConfigMaps({
      async get(context, name) {
        const headers = (context as RequestContext & CredentialSource).headerNames();
        seen.push({
          name: context.user.name,
          headers: headers.filter((header) => header.startsWith('impersonate-')).length,
        });
        return configMap(name);
      },
    });
    return { seen, resource };
  };

  test('makes the request another user’s and drops the headers', async (t) => {
    const { seen, resource } = seenUser();
    const server = await serverFor(t, { resources: [resource] });
    const headers = { 'Impersonate-User': 'bob', 'Impersonate-Group': 'dev' };
    assert.equal((await server.request(CONFIG_MAP, { headers })).code, 200);
    assert.deepEqual(seen, [{ name: 'bob', headers: 0 }]);
  });

  test('is refused to whoever may not', async (t) => {
    const { seen, resource } = seenUser();
    const authorizer = authorizerRefusing(({ verb }) =>
      verb === 'impersonate' ? { decision: 'NoOpinion', reason: '' } : undefined,
    );
    const server = await serverFor(t, { resources: [resource], authorizer });
    const { code, json } = await server.request(CONFIG_MAP, { as: 'alice', headers: { 'Impersonate-User': 'bob' } });
    assert.equal(code, 403);
    assert.match(json.message, /^users "bob" is forbidden: User "alice" cannot impersonate resource "users"/);
    assert.deepEqual(seen, []);
  });

  test('is judged as the impersonated user afterwards', async (t) => {
    const authorizer = authorizerRefusing(({ user, verb }) =>
      user.name === 'bob' && verb === 'get' ? { decision: 'NoOpinion', reason: '' } : undefined,
    );
    const server = await serverFor(t, { authorizer });
    assert.equal((await server.request(CONFIG_MAP, { headers: { 'Impersonate-User': 'bob' } })).code, 403);
  });
});

describe('limits', () => {
  function blocking() {
    const { promise: inside, resolve: entered } = Promise.withResolvers<void>();
    const { promise: gate, resolve: release } = Promise.withResolvers<void>();
    const resource = fakeConfigMaps({
      async get(_context, name) {
        entered();
        await gate;
        return configMap(name);
      },
    });
    return { resource, inside, release };
  }

  test('past the limit a reader is told to come back, an administrator gets through', async (t) => {
    const { resource, inside, release } = blocking();
    const server = await serverFor(t, { resources: [resource], limits: { maxRequestsInFlight: 1 } });
    const first = server.request(CONFIG_MAP, { as: 'alice' });
    await inside;
    const second = await server.request('/version', { as: 'alice' });
    assert.equal(second.code, 429);
    assert.equal(second.headers['retry-after'], '1');
    assert.equal(second.json.message, 'Too many requests, please try again later.');
    assert.equal((await server.request('/version', { as: 'admin' })).code, 200);
    release();
    assert.equal((await first).code, 200);
    assert.equal((await server.request('/version', { as: 'alice' })).code, 200);
  });

  test('a request past its default deadline gets 504 and its work is told to stop', async (t) => {
    const clock = new FakeClock();
    let signal: AbortSignal | undefined;
    const { promise: inside, resolve: entered } = Promise.withResolvers<void>();
    const resource = fakeConfigMaps({
      get(context) {
        signal = context.signal;
        entered();
        return new Promise(() => undefined);
      },
    });
    const server = await serverFor(t, { resources: [resource], clock });
    const pending = server.request(CONFIG_MAP);
    await inside;
    clock.advance(59_000);
    assert.equal(signal?.aborted, false);
    clock.advance(2_000);
    const { code, json } = await pending;
    assert.equal(code, 504);
    assert.equal(json.message, 'Timeout: request did not complete within the allotted timeout');
    assert.equal(signal?.aborted, true);
  });

  test('the timeout parameter shortens the deadline', async (t) => {
    const { resource } = blocking();
    const server = await serverFor(t, { resources: [resource] });
    assert.equal((await server.request(`${CONFIG_MAP}?timeout=1ms`)).code, 504);
  });

  test('a timeout that is none is refused', async (t) => {
    const server = await serverFor(t);
    const { code, json } = await server.request(`${CONFIG_MAP}?timeout=abc`);
    assert.equal(code, 400);
    assert.match(json.message, /^invalid timeout specified in the request URL - time: invalid duration "abc"/);
  });
});

describe('recovery', () => {
  test('an unexpected error is a 500 that tells the caller nothing', async (t) => {
    const logged: unknown[] = [];
    const log = { ...silentLog, error: (_message: string, fields?: object) => void logged.push(fields) };
    const resource = fakeConfigMaps({
      get: () => Promise.reject(new Error('secret detail')),
    });
    const server = await serverFor(t, { resources: [resource], log });
    const { code, text, json } = await server.request(CONFIG_MAP);
    assert.equal(code, 500);
    assert.equal(json.reason, 'InternalError');
    assert.doesNotMatch(text, /secret detail/);
    assert.equal(logged.length, 1);
  });

  test('a path that cannot be decoded is a 400', async (t) => {
    const server = await serverFor(t);
    assert.equal((await server.request('/api/v1/%zz')).code, 400);
  });

  test('the client’s audit id is echoed, an unprintable one is not', async (t) => {
    const server = await serverFor(t);
    const echoed = await server.request('/version', { headers: { 'Audit-Id': 'abc-1' } });
    assert.equal(echoed.headers['audit-id'], 'abc-1');
    const replaced = await server.request('/version', { headers: { 'Audit-Id': 'a b' } });
    assert.match(String(replaced.headers['audit-id']), /^[0-9a-f-]{36}$/);
    const tooLong = await server.request('/version', { headers: { 'Audit-Id': 'y'.repeat(65) } });
    assert.match(String(tooLong.headers['audit-id']), /^[0-9a-f-]{36}$/);
  });
});

describe('audit', () => {
  async function recorded(
    t: TestContext,
    act: (request: Awaited<ReturnType<typeof startServer>>['request']) => unknown,
    { clock = new FakeClock(), ...options }: Partial<ServerOptions> = {},
  ) {
    const events: AuditEvent[] = [];
    const { promise: first, resolve: more } = Promise.withResolvers<void>();
    const write = (event: AuditEvent): undefined => {
      events.push(event);
      more();
    };
    const sink = { ...noAuditSink, write };
    const audit = newAuditRecorder({
      sink,
      policy: { rules: [{ level: 'Metadata' }], omitStages: ['RequestReceived'] },
      clock,
    });
    const server = await serverFor(t, { ...options, audit, clock });
    await act(server.request);
    await first;
    return events;
  }

  test('a request is recorded once it is answered, with user, code and decision', async (t) => {
    const [event] = await recorded(t, (request) => request(CONFIG_MAP));
    assert.equal(event?.stage, 'ResponseComplete');
    assert.equal(event?.user?.name, ADMIN.name);
    assert.deepEqual(event?.responseStatus, { code: 200 });
    assert.equal(event?.objectRef?.name, 'a');
    assert.equal(event?.annotations.get('authorization.k8s.io/decision'), 'allow');
  });

  test('a 401 is recorded without a user', async (t) => {
    const [event] = await recorded(t, (request) => request(CONFIG_MAP, { as: 'nobody' }));
    assert.equal(event?.stage, 'ResponseStarted');
    assert.equal(event?.user, undefined);
    assert.equal(event?.responseStatus?.code, 401);
  });

  test('an impersonated request is recorded under both names', async (t) => {
    const headers = { 'Impersonate-User': 'bob' };
    const [event] = await recorded(t, (request) => request(CONFIG_MAP, { headers }));
    assert.equal(event?.user?.name, ADMIN.name);
    assert.equal(event?.impersonatedUser?.name, 'bob');
  });

  test('a token in the URI is not recorded', async (t) => {
    const [event] = await recorded(t, (request) => request(`${CONFIG_MAP}?access_token=eyJhbGciOi`));
    assert.equal(event?.requestURI, `${CONFIG_MAP}?access_token=REDACTED`);
  });

  for (const { tookMs, want } of [
    { tookMs: 500, want: undefined },
    { tookMs: 501, want: '501.000000ms' },
  ]) {
    test(`a request of ${tookMs} ms ${want === undefined ? 'does not carry' : 'carries'} its latency`, async (t) => {
      const clock = new FakeClock();
      const slow = fakeConfigMaps({
        async get(_context, name) {
          clock.advance(tookMs);
          return configMap(name);
        },
      });
      const [event] = await recorded(t, (request) => request(CONFIG_MAP), { clock, resources: [slow] });
      assert.equal(event?.annotations.get('apiserver.latency.k8s.io/total'), want);
    });
  }
});

describe('upgrades', () => {
  for (const { method, upgrade } of [
    { method: 'GET', upgrade: 'websocket' },
    { method: 'POST', upgrade: 'SPDY/3.1' },
  ]) {
    test(`${method} with Upgrade: ${upgrade} is answered with a Status`, async (t) => {
      const server = await serverFor(t);
      const sent = httpsRequest(`${server.url}/api/v1/namespaces/default/pods/p/exec?command=ls`, {
        method,
        ca: server.ca,
        headers: { authorization: 'Bearer admin', connection: 'Upgrade', upgrade },
      });
      sent.end();
      const [response] = await once(sent, 'response');
      assert.equal(response.statusCode, 501);
      const [body] = await once(response, 'data');
      assert.equal(JSON.parse(String(body)).reason, 'NotImplemented');
      response.destroy();
    });
  }
});

test('the fixture’s authenticator has no opinion without a credential', async () => {
  const source = { headerValues: () => [] } as unknown as CredentialSource;
  assert.equal((await namesAuthenticator.authenticateRequest(source)).outcome, 'no-opinion');
});
