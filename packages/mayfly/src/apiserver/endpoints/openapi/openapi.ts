/**
 * OpenAPI v3: an index of group versions, and one generated document for each. And a little of v2 for kubectl.
 *
 * Nothing is read before it is asked for, and then once: documents are constant for the life of the process. A document
 * is found by its key among the group versions served, never by joining a caller's text to a path.
 *
 * @see kubernetes/kube-openapi pkg/handler3/handler.go; spec kubernetes-wire §5
 */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type DescribedResource, encodeOpenAPIV2 } from './openapi-v2.ts';

export interface OpenAPIDocument {
  readonly body: Buffer;
  /** SHA-512 of the body in upper-case hex; also the ETag, once quoted. */
  readonly hash: string;
}

export interface OpenAPI {
  /** `/openapi/v3`. `etag` is quoted, as the header wants it. */
  index(): { body: Buffer; etag: string };
  /** @param key such as `api/v1` @returns undefined when no such group version is served */
  document(key: string): OpenAPIDocument | undefined;
  /** `/openapi/v2`, in protobuf. */
  v2(): OpenAPIDocument;
}

export interface OpenAPIOptions {
  /** Folder of the generated documents; by default the package's own. */
  readonly dataDir?: string;
  /** What v2 describes; by default nothing. */
  readonly resources?: readonly DescribedResource[];
  /** Of the API, in v2's `info`. */
  readonly version?: string;
}

/** Seen from a bundle in `dist/`, and from this file in `src/`. */
const DATA_DIRS = ['../data/openapi/', '../../../../data/openapi/'];

/**
 * @param groupVersions   keys as in the index: `api/v1`, `apis/rbac.authorization.k8s.io/v1`
 * @throws Error, on first use, when a served group version has no document: a packaging mistake
 */
export function newOpenAPI(
  groupVersions: readonly string[],
  { dataDir, resources = [], version = '' }: OpenAPIOptions = {},
): OpenAPI {
  const served = new Set(groupVersions);
  const documents = new Map<string, OpenAPIDocument>();
  let index: { body: Buffer; etag: string } | undefined;
  let v2: OpenAPIDocument | undefined;

  const load = (key: string): OpenAPIDocument => {
    const known = documents.get(key);
    if (known) return known;
    const loaded = readDocument(dataDir ?? packagedDataDir(), key);
    documents.set(key, loaded);
    return loaded;
  };
  return {
    index: () => (index ??= makeIndex(groupVersions, load)),
    document: (key) => (served.has(key) ? load(key) : undefined),
    v2: () => (v2 ??= hashed(encodeOpenAPIV2(resources, version))),
  };
}

function makeIndex(keys: readonly string[], load: (key: string) => OpenAPIDocument): { body: Buffer; etag: string } {
  const entries = keys
    .toSorted()
    .map((key) => [key, { serverRelativeURL: `/openapi/v3/${key}?hash=${load(key).hash}` }]);
  const body = Buffer.from(JSON.stringify({ paths: Object.fromEntries(entries) }));
  return { body, etag: `"${sha512(body)}"` };
}

function readDocument(dataDir: string, key: string): OpenAPIDocument {
  return hashed(readFileSync(join(dataDir, `${key.replaceAll('/', '__')}.json`)));
}

function hashed(body: Buffer): OpenAPIDocument {
  return { body, hash: sha512(body) };
}

function packagedDataDir(): string {
  const found = DATA_DIRS.map((path) => fileURLToPath(new URL(path, import.meta.url))).find((path) => existsSync(path));
  if (found === undefined) throw new Error('no OpenAPI documents beside the program: "data/openapi" is missing');
  return found;
}

function sha512(body: Buffer): string {
  return createHash('sha512').update(body).digest('hex').toUpperCase();
}
