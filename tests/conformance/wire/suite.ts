/** Rows of spec kubernetes-wire §25 against one server: each over HTTP/1.1 and HTTP/2, in a namespace of its own. */
import assert from 'node:assert/strict';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { type Mayfly, type MayflyOptions, startMayfly } from 'mayfly/testing';
import { FakeClock } from '../../../packages/mayfly/src/clock/fake-clock.ts';
import { openSQLiteStore } from '../../../packages/mayfly/src/storage/sqlite/sqlite-store.ts';
import {
  type Answer,
  type Asked,
  type Body,
  type Credentials,
  PROTOCOLS,
  type WatchStream,
  WireClient,
} from './client.ts';

const ROOTS: Readonly<Record<string, string>> = {
  leases: '/apis/coordination.k8s.io/v1',
  roles: '/apis/rbac.authorization.k8s.io/v1',
  rolebindings: '/apis/rbac.authorization.k8s.io/v1',
  clusterroles: '/apis/rbac.authorization.k8s.io/v1',
  clusterrolebindings: '/apis/rbac.authorization.k8s.io/v1',
};
const CLUSTER_SCOPED = new Set(['namespaces', 'nodes', 'clusterroles', 'clusterrolebindings']);

/** An object as a test writes it. */
export interface Loose {
  readonly metadata?: object;
  readonly [field: string]: unknown;
}

/** One row's own namespace on the shared server. In paths, `rest` is a name, a name with subresource, or a query. */
export interface World {
  readonly mayfly: Mayfly;
  readonly client: WireClient;
  readonly namespace: string;
  path(resource: string, rest?: string): string;
  get(resource: string, rest?: string, headers?: Asked['headers']): Promise<Answer>;
  create(resource: string, object: Loose, query?: string): Promise<Answer>;
  put(resource: string, rest: string, object: Loose): Promise<Answer>;
  /** @param type `merge`, `json` or `strategic-merge` */
  patch(resource: string, rest: string, body: unknown, type?: string): Promise<Answer>;
  remove(resource: string, rest: string, options?: object): Promise<Answer>;
  /** @param query goes on after `?watch=true` */
  watch(resource: string, query?: string, headers?: Asked['headers']): Promise<WatchStream>;
  send(method: string, path: string, body: unknown, type?: string): Promise<Answer>;
  /** Creates, and fails the test when it is refused. */
  made(resource: string, object: Loose): Promise<Body>;
  /** Moves the clock in steps until the promise settles: what is under way must first set its timer. */
  passTimeUntil<T>(promise: Promise<T>, stepMs?: number): Promise<T>;
}

function newWorld(mayfly: Mayfly, client: WireClient, namespace: string): World {
  const path: World['path'] = (resource, rest = '') => {
    const scope = CLUSTER_SCOPED.has(resource) ? '' : `/namespaces/${namespace}`;
    const separator = rest === '' || rest.startsWith('?') ? '' : '/';
    return `${ROOTS[resource] ?? '/api/v1'}${scope}/${resource}${separator}${rest}`;
  };
  const send: World['send'] = (method, path, body, type = 'application/json') =>
    client.ask(method, path, { headers: { 'content-type': type }, body });
  return {
    mayfly,
    client,
    namespace,
    path,
    send,
    get: (resource, rest, headers = {}) => client.ask('GET', path(resource, rest), { headers }),
    create: (resource, object, query) => send('POST', path(resource, query), object),
    put: (resource, rest, object) => send('PUT', path(resource, rest), object),
    patch: (resource, rest, body, type = 'merge') =>
      send('PATCH', path(resource, rest), body, `application/${type}-patch+json`),
    remove: (resource, rest, options) =>
      options === undefined
        ? client.ask('DELETE', path(resource, rest))
        : send('DELETE', path(resource, rest), { kind: 'DeleteOptions', apiVersion: 'v1', ...options }),
    watch: (resource, query = '', headers = {}) => client.watch(path(resource, `?watch=true${query}`), headers),
    async made(resource, object) {
      const { code, body, text } = await send('POST', path(resource), object);
      assert.equal(code, 201, text);
      return body;
    },
    passTimeUntil: (promise, stepMs = 500) => passTimeUntil(mayfly.clock, promise, stepMs),
  };
}

async function passTimeUntil<T>(clock: Mayfly['clock'], promise: Promise<T>, stepMs: number): Promise<T> {
  let isSettled = false;
  const settle = (): void => {
    isSettled = true;
  };
  promise.then(settle, settle);
  while (!isSettled) {
    await new Promise((resolve) => setTimeout(resolve, 5));
    if (!isSettled) clock.advance(stepMs);
  }
  return promise;
}

/** Code, reason and message of a refusal, for one `deepEqual`. */
export function refusal({ code, body }: Answer): [number, string, string] {
  assert.equal(body.kind, 'Status');
  assert.equal(body.code, code);
  return [code, body.reason, body.message];
}

/** Code and the fields at fault of a 422. */
export function fieldsAtFault({ code, body }: Answer): [number, ...string[]] {
  return [code, ...(body.details?.causes ?? []).map(({ field }) => field)];
}

export interface Suite {
  row(number: number, fact: string, run: (world: World) => Promise<void>): void;
}

/** Starts a server for the test file; each row runs with the rights of the admin. */
export function newSuite(options: MayflyOptions = {}): Suite {
  let mayfly: Mayfly;
  before(async () => {
    mayfly = process.env.WIRE_STORE === 'sqlite' ? await startOnDisk(options) : await startQuiet(options);
  });
  after(() => mayfly.close());
  let count = 0;
  const row: Suite['row'] = (number, fact, run) => {
    for (const protocol of PROTOCOLS) {
      const namespace = `row-${number}-${++count}`;
      test(`${number} ${fact} (${protocol})`, { timeout: 30_000 }, async () => {
        const client = new WireClient(mayfly.url, protocol, adminCredentials(mayfly));
        const world = newWorld(mayfly, client, namespace);
        try {
          await world.made('namespaces', { metadata: { name: namespace } });
          await furnished(mayfly, namespace);
          await run(world);
        } finally {
          client.close();
        }
      });
    }
  };
  return { row };
}

/** Waits for the account that every namespace has. */
async function furnished({ admin }: Mayfly, namespace: string): Promise<void> {
  const resource = { group: '', version: 'v1', resource: 'serviceaccounts' };
  for await (const { type } of admin.watch(resource, { namespace })) if (type === 'ADDED') break;
}

/** Rows count what they made: nobody else puts ConfigMaps into their namespaces. */
function startQuiet(options: MayflyOptions): Promise<Mayfly> {
  return startMayfly({ controllers: ['*', '-root-ca-certificate-publisher-controller'], ...options });
}

/** Row 134: the same rows on the durable store, with `WIRE_STORE=sqlite` in the environment. */
async function startOnDisk(options: MayflyOptions): Promise<Mayfly> {
  const clock = new FakeClock(Math.floor(Date.now() / 1000) * 1000); // certificates are judged by the real time
  const path = join(await mkdtemp(join(tmpdir(), 'mayfly-wire-')), 'store.db');
  return startQuiet({ ...options, clock, store: openSQLiteStore({ path, clock }) });
}

/** From the kubeconfig, as any client takes them. */
export function adminCredentials({ kubeconfig, caCertificate }: Mayfly): Credentials {
  const decoded = (field: string): string => {
    const [, base64 = ''] = new RegExp(`${field}: (\\S+)`).exec(kubeconfig) ?? [];
    return Buffer.from(base64, 'base64').toString();
  };
  return { ca: caCertificate, cert: decoded('client-certificate-data'), key: decoded('client-key-data') };
}
