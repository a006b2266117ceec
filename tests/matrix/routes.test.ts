/**
 * Every route × whoever should not get far: nobody, a garbage token, an expired one, one for another audience, and a
 * service account without rights. Routes are what the server publishes of itself, so a new one fails here until it is
 * listed. The table is rewritten under UPDATE_GOLDEN=1 only.
 */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { type Mayfly, startMayfly } from 'mayfly/testing';
import { type Answer, WireClient } from '../conformance/wire/client.ts';

interface Route {
  readonly method: string;
  readonly path: string;
}

const METHODS: Readonly<Record<string, string>> = {
  create: 'POST',
  delete: 'DELETE',
  deletecollection: 'DELETE',
  get: 'GET',
  list: 'GET',
  patch: 'PATCH',
  update: 'PUT',
  watch: 'GET',
};
const OF_COLLECTION = new Set(['create', 'deletecollection', 'list', 'watch']);

let mayfly: Mayfly;
let client: WireClient;
let callers: Readonly<Record<string, string | undefined>>;

before(async () => {
  mayfly = await startMayfly();
  client = new WireClient(mayfly.url, 'HTTP/1.1', { ca: mayfly.caCertificate });
  const expired = await mayfly.issueToken('default', 'nobody', { expirationSeconds: 600 });
  mayfly.clock.advance(601_000 + 60_000); // and the leeway that clocks are given
  callers = {
    anonymous: undefined,
    garbage: 'not.a.token',
    expired,
    'other audience': await mayfly.issueToken('default', 'nobody', { audiences: ['vault'] }),
    'no right': await mayfly.issueToken('default', 'nobody'),
  };
});
after(async () => {
  client.close();
  await mayfly.close();
});

test('every route answers each caller as the table says', async () => {
  const lines = [`METHOD PATH\t${Object.keys(callers).join('\t')}`];
  for (const route of await routes()) {
    const answers: string[] = [];
    for (const token of Object.values(callers)) answers.push(outcome(await ask(route, token)));
    lines.push(`${route.method} ${route.path}\t${answers.join('\t')}`);
  }
  const text = `${lines.join('\n')}\n`;
  const golden = new URL('routes.golden.txt', import.meta.url);
  if (process.env.UPDATE_GOLDEN === '1') writeFileSync(golden, text);
  assert.equal(text, readFileSync(golden, 'utf8'));
});

test('a bad token is refused everywhere, even where nobody is let in', async () => {
  for (const route of await routes())
    for (const caller of ['garbage', 'expired', 'other audience'])
      assert.equal((await ask(route, callers[caller])).code, 401, `${caller}: ${route.method} ${route.path}`);
});

/** What a cluster shows to a stranger. By hand, and only downwards. */
const PUBLIC = ['/healthz', '/livez', '/openid/v1/token-status-lists', '/readyz', '/version'];

test('nobody is let in but to what is public', async () => {
  for (const route of await routes()) {
    const isPublic = PUBLIC.some((path) => route.path === path || route.path.startsWith(`${path}/`));
    if (!isPublic) assert.equal((await ask(route, undefined)).code, 403, `${route.method} ${route.path}`);
  }
});

function ask({ method, path }: Route, token: string | undefined): Promise<Answer> {
  const url = path.replace('{namespace}', 'default').replace('{name}', 'x');
  const hasBody = method !== 'GET' && method !== 'DELETE';
  return client.ask(method, url, {
    headers: {
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
      ...(hasBody && { 'content-type': method === 'PATCH' ? 'application/merge-patch+json' : 'application/json' }),
    },
    ...(hasBody && { body: {} }),
  });
}

function outcome({ code, text }: Answer): string {
  if (code < 400) return String(code);
  const { reason } = JSON.parse(text) as { reason?: string };
  return `${code} ${reason ?? ''}`.trim();
}

interface APIResource {
  readonly name: string;
  readonly namespaced: boolean;
  readonly verbs: readonly string[];
}

/** All paths of `/`, and of each group version all verbs of its resources. */
async function routes(): Promise<readonly Route[]> {
  const { paths } = await asAdmin<{ paths: readonly string[] }>('/');
  const all: Route[] = [...paths.map((path) => ({ method: 'GET', path })), ...STREAMS];
  for (const path of paths) {
    if (!/^\/api\/v1$|^\/apis\/[^/]+\/[^/]+$/.test(path)) continue;
    all.push({ method: 'GET', path: `/openapi/v3${path}` });
    const { resources } = await asAdmin<{ resources: readonly APIResource[] }>(path);
    for (const resource of resources) all.push(...routesOf(path, resource));
  }
  return all;
}

function routesOf(root: string, { name, namespaced, verbs }: APIResource): readonly Route[] {
  const [resource, subresource] = name.split('/');
  const collection = `${root}${namespaced ? '/namespaces/{namespace}' : ''}/${resource}`;
  const object = `${collection}/{name}${subresource === undefined ? '' : `/${subresource}`}`;
  const own = verbs.map((verb) => {
    const path = subresource === undefined && OF_COLLECTION.has(verb) ? collection : object;
    return { method: METHODS[verb] ?? assert.fail(verb), path: verb === 'watch' ? `${path}?watch=true` : path };
  });
  if (!namespaced || !verbs.includes('list')) return own;
  return [
    ...own,
    { method: 'GET', path: `${root}/${resource}` },
    { method: 'GET', path: `${root}/${resource}?watch=true` },
  ];
}

/** Answered with a word why not, and therefore guarded like the rest. */
const STREAMS: readonly Route[] = ['log', 'exec', 'attach', 'portforward'].flatMap((name) =>
  ['GET', 'POST'].map((method) => ({ method, path: `/api/v1/namespaces/{namespace}/pods/{name}/${name}` })),
);

async function asAdmin<T>(path: string): Promise<T> {
  return (await mayfly.admin.request('GET', path)) as T;
}
