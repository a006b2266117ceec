/**
 * Where a request goes once it is allowed: resources by group, version and name; everything else by path.
 *
 * What is thrown below becomes a Status here, so that the filters around see an answered request and not an exception.
 *
 * @see kubernetes/apiserver pkg/endpoints/installer.go, pkg/server/handler.go; spec kubernetes-wire §1
 */
import { methodNotAllowedError, methodNotSupportedError, StatusError } from '@mayfly/api/meta/v1/status-error';
import type { Clock } from '../../clock/clock.ts';
import type { Log } from '../../log/log.ts';
import type { Random } from '../../random/random.ts';
import type { Authorizer } from '../authorization/authorizer.ts';
import type { ResourceStorage } from '../registry/rest.ts';
import { JWKS_PATH, OPENID_CONFIGURATION_PATH } from '../serviceaccount/discovery.ts';
import type { RevocationChecker } from '../serviceaccount/revocation/checker.ts';
import { STATUS_LISTS_PATH } from '../serviceaccount/statuslist/uri.ts';
import { writeJSON } from './answer.ts';
import { refusedStream } from './connect.ts';
import { Discovery } from './discovery/discovery.ts';
import { groupVersionsOf } from './discovery/groups.ts';
import { type DocumentSource, serveDocument } from './documents.ts';
import type { Admission, HandlerDependencies } from './handlers/context.ts';
import { handleCreate } from './handlers/create.ts';
import { handleDelete, handleDeleteCollection } from './handlers/delete.ts';
import { handlePatch } from './handlers/patch.ts';
import { handleGet, handleList } from './handlers/read.ts';
import { handleUpdate } from './handlers/update.ts';
import { handleWatch } from './handlers/watch.ts';
import { WatchStreams } from './handlers/watch-streams.ts';
import { Health, type HealthChecks } from './health.ts';
import type { OpenAPI } from './openapi/openapi.ts';
import { serveOpenAPI } from './openapi-endpoint.ts';
import type { APIRequest, Handler } from './request.ts';
import { writeAnswer } from './response.ts';
import { type Scope, Scopes } from './scope.ts';
import { writeFailure } from './status.ts';
import { type StatusListSource, serveStatusLists } from './status-lists.ts';
import type { VersionInfo } from './version.ts';

export interface APIHandlerDependencies {
  readonly resources: readonly ResourceStorage[];
  readonly admission: Admission;
  readonly authorizer: Authorizer;
  readonly openapi: OpenAPI;
  /** OIDC discovery and key set. */
  readonly documents: DocumentSource;
  /** Absent: token status lists cannot be published. */
  readonly statusLists?: StatusListSource;
  /** Absent: no token ends before its time. */
  readonly revocations?: RevocationChecker;
  readonly metrics: MetricsSource;
  readonly health: HealthChecks;
  readonly version: VersionInfo;
  /** `host:port` that `/api` tells clients. */
  readonly serverAddress: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

/** `/metrics`. */
export interface MetricsSource {
  readonly contentType: string;
  text(): Promise<string>;
}

export interface APIHandler {
  readonly handle: Handler;
  /** Ends every watch cleanly; later ones end at once. Part of shutting down. */
  endWatches(): void;
  /** Ends the watches open now, and no later one. */
  interruptWatches(): void;
  /** Ends the watches of tokens that are revoked. @param credentialID undefined: any token may be */
  endRevoked(credentialID: string | undefined): void;
  /** Watches open now. */
  watches(): number;
  /** Is there such a resource? */
  serves(request: APIRequest): boolean;
  /** Every path served beside resources, for the tests that ask each. */
  readonly paths: readonly string[];
}

export function newAPIHandler(deps: APIHandlerDependencies): APIHandler {
  const streams = new WatchStreams(deps.revocations);
  const resources = new ResourceMux(deps.resources, { ...deps, streams });
  const paths = new PathMux(deps);
  return {
    handle: (request) => serve(request, request.requestInfo.isResourceRequest ? resources : paths, deps.log),
    interruptWatches: () => streams.interrupt(),
    endWatches: () => streams.end(),
    endRevoked: (credentialID) => streams.endRevoked(credentialID),
    watches: () => streams.size,
    serves: (request) => resources.serves(request),
    paths: paths.paths,
  };
}

interface Mux {
  serve(request: APIRequest): Promise<void> | void;
}

async function serve(request: APIRequest, mux: Mux, log: Log): Promise<void> {
  try {
    await mux.serve(request);
  } catch (error) {
    writeFailure(request, error, log);
  }
}

function pathNotFound(): StatusError {
  return new StatusError('NotFound', 'the server could not find the requested resource', { details: {} });
}

type VerbHandler = (request: APIRequest, scope: Scope, deps: HandlerDependencies) => Promise<void>;

const VERB_HANDLERS: Readonly<Record<string, VerbHandler>> = {
  create: handleCreate,
  get: handleGet,
  list: handleList,
  watch: handleWatch,
  update: handleUpdate,
  patch: handlePatch,
  delete: handleDelete,
  deletecollection: handleDeleteCollection,
};

class ResourceMux implements Mux {
  readonly #scopes: Scopes;
  readonly #deps: HandlerDependencies;

  constructor(resources: readonly ResourceStorage[], deps: HandlerDependencies) {
    this.#scopes = new Scopes(resources);
    this.#deps = deps;
  }

  serves({ requestInfo }: APIRequest): boolean {
    return requestInfo.isResourceRequest && this.#scopes.find(requestInfo) !== undefined;
  }

  serve(request: APIRequest): Promise<void> {
    const { requestInfo } = request;
    const scope = this.#scopes.find(requestInfo);
    if (scope === undefined || requestInfo.rest.length > 0) throw refusedStream(request) ?? pathNotFound();
    requireWellPlaced(request, scope);
    request.namespace = scope.definition.namespaced ? requestInfo.namespace : '';
    const handler = VERB_HANDLERS[requestInfo.verb];
    if (handler === undefined) throw methodNotSupportedError(scope.groupResource, requestInfo.verb || request.method);
    return handler(request, scope, this.#deps);
  }
}

/** Over all namespaces one can only read; and what has no namespace is not in one. */
function requireWellPlaced({ requestInfo, method }: APIRequest, { definition, groupResource }: Scope): void {
  const { namespace, verb } = requestInfo;
  if (!definition.namespaced) {
    if (namespace !== '' && definition.resource !== 'namespaces') throw pathNotFound();
    return;
  }
  if (namespace !== '') return;
  if (verb === 'list' || verb === 'watch') return;
  if (requestInfo.name !== '') throw pathNotFound();
  throw methodNotSupportedError(groupResource, verb || method);
}

const TRAILING_SLASHES = /\/+$/;

class PathMux implements Mux {
  readonly #deps: APIHandlerDependencies;
  readonly #discovery: Discovery;
  readonly #health: Health;
  readonly paths: readonly string[];

  constructor(deps: APIHandlerDependencies) {
    this.#deps = deps;
    this.#discovery = new Discovery(groupVersionsOf(deps.resources), deps.serverAddress);
    this.#health = new Health(deps.health, deps.log);
    this.paths = [
      ...this.#discovery.paths,
      ...this.#health.paths,
      '/metrics',
      '/openapi/v2',
      '/openapi/v3',
      '/version',
      OPENID_CONFIGURATION_PATH,
      JWKS_PATH,
      ...(deps.statusLists ? [STATUS_LISTS_PATH] : []),
    ].sort();
  }

  serve(request: APIRequest): Promise<void> | void {
    const path = request.path.replace(TRAILING_SLASHES, '') || '/';
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      throw methodNotAllowedError();
    }
    if (path === '/') return writeJSON(request, 200, { paths: this.paths });
    if (path === '/version') return writeJSON(request, 200, this.#deps.version);
    if (path === '/metrics') return this.#serveMetrics(request);
    const health = this.#health.serve(request, path);
    if (health !== undefined) return health;
    const statusList = serveStatusLists(request, path, this.#deps.statusLists);
    if (statusList !== undefined) return statusList;
    const isServed =
      this.#discovery.serve(request, path) ||
      serveDocument(request, path, this.#deps.documents) ||
      serveOpenAPI(request, path, this.#deps.openapi);
    if (!isServed) throw pathNotFound();
  }

  async #serveMetrics(request: APIRequest): Promise<void> {
    const { metrics } = this.#deps;
    writeAnswer(request, 200, metrics.contentType, await metrics.text());
  }
}
