/**
 * Writes the OpenAPI v3 documents we serve: Kubernetes' public Swagger cut down to our resources, and our own kinds.
 *
 * Usage: node --conditions=source scripts/generate-openapi.ts SWAGGER_FILE
 * SWAGGER_FILE is src/gen/swagger.json.unprocessed of kubernetes-client/javascript (see packages/mayfly/data/openapi/NOTICE).
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { argv, exit } from 'node:process';
import { toDocument } from './openapi/convert.ts';
import { identitySwagger } from './openapi/identity.ts';
import { KUBERNETES_DOCUMENTS } from './openapi/served.ts';
import type { Method, Swagger } from './openapi/swagger.ts';
import { trim } from './openapi/trim.ts';

const DATA = new URL('../packages/mayfly/data/openapi/', import.meta.url);

const [, , file] = argv;
if (file === undefined) {
  console.error('usage: generate-openapi.ts SWAGGER_FILE');
  exit(2);
}
const swagger = JSON.parse(readFileSync(file, 'utf8')) as Swagger;
for (const { key, paths } of KUBERNETES_DOCUMENTS) write(key, trim(swagger, paths));
const identity = identitySwagger(swagger);
const identityPaths = Object.keys(identity.paths).map((path) => [path, identityMethods(path)] as const);
write('apis/identity.mayfly.dev/v1alpha1', trim(identity, Object.fromEntries(identityPaths)));

function identityMethods(path: string): readonly Method[] {
  if (path.endsWith('/keyrotations')) return ['post'];
  if (path.endsWith('/tokenrevocations')) return ['get', 'post'];
  return path.endsWith('/signingkeys/{name}') ? ['get', 'delete'] : ['get'];
}

function write(key: string, part: Swagger): void {
  const text = JSON.stringify(toDocument(part));
  writeFileSync(new URL(`${key.replaceAll('/', '__')}.json`, DATA), `${text}\n`);
  const counts = `${Object.keys(part.paths).length} paths, ${Object.keys(part.definitions).length} schemas`;
  console.log(`${key}: ${counts}, ${text.length} bytes`);
}
