/**
 * Tokens whose objects changed under them, and token requests that may not be granted, over real TLS.
 *
 * @see spec service-account-tokens §3.4, §4.3, §18 (rows R and A8–A19)
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { TokenRequest } from '@mayfly/api/authentication/v1/token-request';
import type { StatusReason } from '@mayfly/api/meta/v1/status-error';
import { type Mayfly, startMayfly } from 'mayfly/testing';
import { statusOf, Wire } from './wire.ts';

let mayfly: Mayfly;
let wire: Wire;

before(async () => {
  mayfly = await startMayfly({ serviceAccountIssuer: ['https://iss'], apiAudiences: ['api'] });
  wire = new Wire(mayfly);
  await create('/api/v1/namespaces', { metadata: { name: 'ns1' } });
  await create(`${NS1}/serviceaccounts`, { metadata: { name: 'app' } });
  await create(`${NS1}/serviceaccounts`, { metadata: { name: 'other' } });
});
after(async () => {
  wire.close();
  await mayfly.close();
});

const NS1 = '/api/v1/namespaces/ns1';
const TOKEN = `${NS1}/serviceaccounts/app/token`;

async function create(path: string, body: unknown): Promise<{ metadata: { uid: string } }> {
  const { code, text } = await wire.send({ method: 'POST', path, type: 'application/json', body });
  assert.equal(code, 201, text);
  return JSON.parse(text);
}

async function remove(path: string): Promise<void> {
  const { code, text } = await wire.send({ method: 'DELETE', path });
  assert.ok(code < 300, text);
}

async function reviewError(token: string): Promise<string | undefined> {
  const review = await create('/apis/authentication.k8s.io/v1/tokenreviews', { spec: { token } });
  const { status } = review as unknown as { status: { authenticated?: boolean; error?: string } };
  return status.authenticated === true ? undefined : status.error;
}

const pod = (name: string): object => ({
  metadata: { name },
  spec: { serviceAccountName: 'app', containers: [{ name: 'main', image: 'i' }] },
});
const secret = (name: string): object => ({ metadata: { name } });
const boundTo = (kind: string, name: string): Partial<TokenRequest['spec']> => ({
  boundObjectRef: { kind, apiVersion: 'v1', name } as never,
});

describe('an object that went and came back is another', () => {
  for (const { kind, collection, make, want } of [
    {
      kind: 'Pod',
      collection: `${NS1}/pods`,
      make: pod,
      want: 'pod UID (LIVE) does not match service account pod ref claim (CLAIM)',
    },
    {
      kind: 'Secret',
      collection: `${NS1}/secrets`,
      make: secret,
      want: 'secret UID (LIVE) does not match service account secret ref claim (CLAIM)',
    },
    {
      kind: 'Node',
      collection: '/api/v1/nodes',
      make: secret,
      want: 'node UID (LIVE) does not match service account node ref claim (CLAIM)',
    },
  ]) {
    test(`A12, A13, A16, A17: a ${kind}`, async () => {
      const name = `bound-${kind.toLowerCase()}`;
      const first = await create(collection, make(name));
      const token = await mayfly.issueToken('ns1', 'app', boundTo(kind, name));
      await remove(`${collection}/${name}`);
      assert.equal(await reviewError(token), '[invalid bearer token, service account token has been invalidated]');
      assert.equal((await wire.send({ path: NS1, token })).code, 401);
      const second = await create(collection, make(name));
      const text = want.replace('LIVE', second.metadata.uid).replace('CLAIM', first.metadata.uid);
      assert.equal(await reviewError(token), `[invalid bearer token, ${text}]`);
      assert.equal((await wire.send({ path: NS1, token })).code, 401);
    });
  }

  test('A8, A9: a service account', async () => {
    const first = await create(`${NS1}/serviceaccounts`, { metadata: { name: 'again' } });
    const token = await mayfly.issueToken('ns1', 'again');
    await remove(`${NS1}/serviceaccounts/again`);
    assert.equal(await reviewError(token), '[invalid bearer token, serviceaccounts "again" not found]');
    assert.equal((await wire.send({ path: NS1, token })).code, 401);
    const second = await create(`${NS1}/serviceaccounts`, { metadata: { name: 'again' } });
    const text = `service account UID (${second.metadata.uid}) does not match claim (${first.metadata.uid})`;
    assert.equal(await reviewError(token), `[invalid bearer token, ${text}]`);
    assert.equal((await wire.send({ path: NS1, token })).code, 401);
  });

  test('A18: the node of a pod does not matter', async () => {
    await create('/api/v1/nodes', secret('n9'));
    await create(`${NS1}/pods`, {
      ...pod('scheduled'),
      spec: { ...(pod('x') as { spec: object }).spec, nodeName: 'n9' },
    });
    const token = await mayfly.issueToken('ns1', 'app', boundTo('Pod', 'scheduled'));
    await remove('/api/v1/nodes/n9');
    assert.equal(await reviewError(token), undefined);
  });

  test('A29: what was accepted is remembered for ten seconds, not more', async () => {
    const token = await mayfly.issueToken('ns1', 'short-lived');
    assert.equal(await reviewError(token), undefined);
    await remove(`${NS1}/serviceaccounts/short-lived`);
    mayfly.clock.advance(5000);
    assert.equal(await reviewError(token), undefined);
    mayfly.clock.advance(6000);
    assert.match((await reviewError(token)) ?? '', /not found/);
  });

  test('a token remembered for one audience is asked about anew for another', async () => {
    const token = await mayfly.issueToken('ns1', 'app', { audiences: ['vault'] });
    const ask = async (audiences: string[]): Promise<unknown> => {
      const answer = await create('/apis/authentication.k8s.io/v1/tokenreviews', { spec: { token, audiences } });
      return (answer as unknown as { status: { authenticated?: boolean } }).status.authenticated;
    };
    assert.equal(await ask(['vault']), true);
    assert.equal(await ask(['other']), undefined, 'A21');
    assert.equal(
      await reviewError(token),
      '[invalid bearer token, token audiences ["vault"] is invalid for the target audiences ["api"]]',
    );
    assert.equal((await wire.send({ path: NS1, token })).code, 401, 'A19');
  });
});

interface Row {
  readonly name: string;
  readonly spec?: unknown;
  readonly body?: unknown;
  readonly path?: string;
  readonly code: number;
  readonly reason: StatusReason;
  readonly message: string | RegExp;
}

const invalid = { code: 422, reason: 'Invalid' } as const;
const badRequest = { code: 400, reason: 'BadRequest' } as const;
const notFound = { code: 404, reason: 'NotFound' } as const;
const PREFIX = 'TokenRequest.authentication.k8s.io "" is invalid: spec.expirationSeconds: Invalid value: ';
const tooShort = (value: string): string => `${PREFIX}${value}: may not specify a duration less than 10 minutes`;
const tooLong = (value: string): string => `${PREFIX}${value}: may not specify a duration larger than 2^32 seconds`;
const bind = (ref: unknown): Pick<Row, 'spec'> => ({ spec: { boundObjectRef: ref } });

const ROWS: readonly Row[] = [
  { name: 'R4: 0 seconds', spec: { expirationSeconds: 0 }, ...invalid, message: tooShort('0') },
  { name: 'R4: 599 seconds', spec: { expirationSeconds: 599 }, ...invalid, message: tooShort('599') },
  { name: 'R4: -1 seconds', spec: { expirationSeconds: -1 }, ...invalid, message: tooShort('-1') },
  {
    name: 'R6: 2^32 + 1 seconds',
    spec: { expirationSeconds: 2 ** 32 + 1 },
    ...invalid,
    message: tooLong('4294967297'),
  },
  {
    name: '2^53 - 1 seconds',
    spec: { expirationSeconds: Number.MAX_SAFE_INTEGER },
    code: 422,
    reason: 'Invalid',
    message: /larger than 2\^32/,
  },
  {
    name: 'seconds beyond 64 bits',
    body: '{"spec":{"expirationSeconds":1e30}}',
    ...badRequest,
    message: /cannot unmarshal/,
  },
  { name: 'seconds beyond all numbers', body: '{"spec":{"expirationSeconds":1e999}}', ...badRequest, message: /./ },
  {
    name: 'seconds that are a string',
    spec: { expirationSeconds: '3600' },
    ...badRequest,
    message: /cannot unmarshal string/,
  },
  {
    name: 'seconds with a fraction',
    spec: { expirationSeconds: 3600.5 },
    ...badRequest,
    message: /cannot unmarshal number/,
  },
  { name: 'seconds that are a list', spec: { expirationSeconds: [3600] }, ...badRequest, message: /cannot unmarshal/ },
  { name: 'audiences that are a string', spec: { audiences: 'a' }, ...badRequest, message: /cannot unmarshal string/ },
  { name: 'an audience that is a number', spec: { audiences: [1] }, ...badRequest, message: /cannot unmarshal number/ },
  {
    name: 'R8: no such service account',
    path: `${NS1}/serviceaccounts/zz/token`,
    ...notFound,
    message: 'serviceaccounts "zz" not found',
  },
  {
    name: 'no such namespace',
    path: '/api/v1/namespaces/nowhere/serviceaccounts/app/token',
    ...notFound,
    message: 'namespaces "nowhere" not found',
  },
  {
    name: 'R9: another name in the body',
    body: { metadata: { name: 'zzz' } },
    ...invalid,
    message:
      'TokenRequest.authentication.k8s.io "app" is invalid: metadata.name: Invalid value: "zzz": must match the service account name if specified',
  },
  {
    name: 'R10: another namespace in the body',
    body: { metadata: { namespace: 'other' } },
    ...badRequest,
    message: 'the namespace of the provided object does not match the namespace sent on the request',
  },
  {
    name: 'R11: another name, and no such service account',
    path: `${NS1}/serviceaccounts/zz/token`,
    body: { metadata: { name: 'zzz' } },
    ...invalid,
    message: /must match the service account name/,
  },
  {
    name: 'R13, R14: another uid, and 599 seconds',
    body: { metadata: { uid: 'bad' }, spec: { expirationSeconds: 599 } },
    code: 409,
    reason: 'Conflict',
    message:
      /^Operation cannot be fulfilled on TokenRequest\.authentication\.k8s\.io "app": the UID in the token request \(bad\) does not match the UID of the service account \(.{36}\)$/,
  },
  {
    name: 'R19: a pod of another uid',
    ...bind({ kind: 'Pod', apiVersion: 'v1', name: 'p1', uid: 'bad' }),
    code: 409,
    reason: 'Conflict',
    message:
      /^Operation cannot be fulfilled on Pod "p1": the UID in the bound object reference \(bad\) does not match the UID in record\. The object might have been deleted and then recreated$/,
  },
  {
    name: 'R20: a pod that is not there',
    ...bind({ kind: 'Pod', apiVersion: 'v1', name: 'zz' }),
    ...notFound,
    message: 'pods "zz" not found',
  },
  {
    name: 'a secret that is not there',
    ...bind({ kind: 'Secret', apiVersion: 'v1', name: 'zz' }),
    ...notFound,
    message: 'secrets "zz" not found',
  },
  {
    name: 'a node that is not there',
    ...bind({ kind: 'Node', apiVersion: 'v1', name: 'zz' }),
    ...notFound,
    message: 'nodes "zz" not found',
  },
  {
    name: 'R21, R22: a pod of another service account, and another uid',
    ...bind({ kind: 'Pod', apiVersion: 'v1', name: 'p2', uid: 'bad' }),
    ...badRequest,
    message: 'cannot bind token for serviceaccount "app" to pod running with different serviceaccount name.',
  },
  {
    name: 'R27: a ConfigMap',
    ...bind({ kind: 'ConfigMap', apiVersion: 'v1', name: 'x' }),
    ...badRequest,
    message: 'cannot bind token to object of type /v1, Kind=ConfigMap',
  },
  {
    name: 'R28: a Deployment',
    ...bind({ kind: 'Deployment', apiVersion: 'apps/v1', name: 'x' }),
    ...badRequest,
    message: 'cannot bind token to object of type apps/v1, Kind=Deployment',
  },
  {
    name: 'R29: a pod in lower case',
    ...bind({ kind: 'pod', apiVersion: 'v1', name: 'p1' }),
    ...badRequest,
    message: 'cannot bind token to object of type /v1, Kind=pod',
  },
  {
    name: 'a pod of a group',
    ...bind({ kind: 'Pod', apiVersion: 'x/v1', name: 'p1' }),
    ...badRequest,
    message: 'cannot bind token to object of type x/v1, Kind=Pod',
  },
  {
    name: 'R30: a pod without name',
    ...bind({ kind: 'Pod', apiVersion: 'v1' }),
    ...badRequest,
    message: 'Name parameter required.',
  },
  {
    name: 'a reference to nothing',
    ...bind({}),
    ...badRequest,
    message: 'cannot bind token to object of type /, Kind=',
  },
  {
    name: 'a pod name that leaves its namespace',
    ...bind({ kind: 'Pod', apiVersion: 'v1', name: '../default/p1' }),
    ...badRequest,
    message: /^Name parameter invalid: /,
  },
  {
    name: 'another kind',
    body: { kind: 'TokenReview', apiVersion: 'authentication.k8s.io/v1' },
    ...badRequest,
    message: /cannot be handled as a TokenRequest/,
  },
];

describe('token requests', () => {
  before(async () => {
    await create(`${NS1}/pods`, pod('p1'));
    await create(`${NS1}/pods`, {
      ...pod('p2'),
      spec: { ...(pod('x') as { spec: object }).spec, serviceAccountName: 'other' },
    });
  });

  for (const { name, spec, body = { spec }, path = TOKEN, code, reason, message } of ROWS) {
    test(`refuses ${name}`, async () => {
      const revision = await wire.revision();
      const answer = await wire.send({ method: 'POST', path, type: 'application/json', body });
      const status = statusOf(answer);
      assert.deepEqual([answer.code, status.reason], [code, reason], answer.text);
      if (typeof message === 'string') assert.equal(status.message, message);
      else assert.match(status.message ?? '', message);
      assert.doesNotMatch(answer.text, /eyJ/);
      assert.equal(await wire.revision(), revision, 'something was written');
    });
  }

  for (const { name, spec, seconds } of [
    { name: 'R7: null is the default', spec: { expirationSeconds: null }, seconds: 3600 },
    { name: 'R3: ten minutes', spec: { expirationSeconds: 600 }, seconds: 600 },
    { name: 'R5: 2^32 seconds', spec: { expirationSeconds: 2 ** 32 }, seconds: 2 ** 32 },
    { name: 'a whole number written as 3600.0', spec: '{"spec":{"expirationSeconds":3600.0}}', seconds: 3600 },
  ]) {
    test(`grants ${name}`, async () => {
      const answer = await create(TOKEN, typeof spec === 'string' ? spec : { spec });
      assert.equal((answer as unknown as TokenRequest).spec.expirationSeconds, seconds);
    });
  }

  test('R42: a token cannot be read', async () => {
    assert.equal((await wire.send({ path: TOKEN })).code, 405);
  });

  test('R43: a stranger with a token of its own gets none of others', async () => {
    const stranger = await mayfly.issueToken('default', 'stranger');
    const revision = await wire.revision();
    const answer = await wire.send({
      method: 'POST',
      path: TOKEN,
      type: 'application/json',
      token: stranger,
      body: {},
    });
    assert.equal(answer.code, 403);
    assert.equal(
      statusOf(answer).message,
      'serviceaccounts "app" is forbidden: User "system:serviceaccount:default:stranger" cannot create resource "serviceaccounts/token" in API group "" in the namespace "ns1"',
    );
    assert.equal(await wire.revision(), revision);
  });

  for (const { name, body, code } of [
    { name: 'A23: an empty token', body: { spec: { token: '' } }, code: 400 },
    { name: 'A23: no token', body: {}, code: 400 },
    { name: 'a token that is a number', body: { spec: { token: 7 } }, code: 400 },
    { name: 'audiences that are a string', body: { spec: { token: 'x', audiences: 'a' } }, code: 400 },
  ]) {
    test(`a review refuses ${name}`, async () => {
      const path = '/apis/authentication.k8s.io/v1/tokenreviews';
      const revision = await wire.revision();
      const answer = await wire.send({ method: 'POST', path, type: 'application/json', body });
      assert.equal(answer.code, code, answer.text);
      assert.equal(await wire.revision(), revision);
    });
  }

  test('A34: the beta review is not served', async () => {
    const path = '/apis/authentication.k8s.io/v1beta1/tokenreviews';
    const answer = await wire.send({ method: 'POST', path, type: 'application/json', body: { spec: { token: 'x' } } });
    assert.equal(answer.code, 404);
  });
});

describe('discovery', () => {
  for (const { name, path, token, headers, code } of [
    { name: 'D2: the configuration to nobody', path: '/.well-known/openid-configuration', token: null, code: 403 },
    { name: 'D2: the keys to nobody', path: '/openid/v1/jwks', token: null, code: 403 },
    { name: 'D8: the keys as plain JSON', path: '/openid/v1/jwks', headers: { accept: 'application/json' }, code: 406 },
    { name: 'the keys to a bad token', path: '/openid/v1/jwks', token: 'bad', code: 401 },
  ] as const) {
    test(`refuses ${name}`, async () => {
      const answer = await wire.send({ path, ...(token !== undefined && { token }), ...(headers && { headers }) });
      assert.equal(answer.code, code, answer.text);
      assert.doesNotMatch(answer.text, /"keys"|"issuer"/);
    });
  }

  test('D1: a service account reads both', async () => {
    const token = await mayfly.issueToken('ns1', 'app');
    const document = await wire.send({ path: '/.well-known/openid-configuration', token });
    assert.equal(document.code, 200);
    assert.equal(JSON.parse(document.text).issuer, 'https://iss');
    assert.equal((await wire.send({ path: '/openid/v1/jwks', token })).code, 200);
  });
});
