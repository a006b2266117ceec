import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { messageNames, messageSchema } from '@mayfly/api/schema/messages';
import { newOpenAPI } from './openapi.ts';

const KEYS = [
  'api/v1',
  'apis/authentication.k8s.io/v1',
  'apis/authorization.k8s.io/v1',
  'apis/coordination.k8s.io/v1',
  'apis/identity.mayfly.dev/v1alpha1',
  'apis/rbac.authorization.k8s.io/v1',
];

interface Schema {
  $ref?: string;
  allOf?: Schema[];
  properties?: Record<string, Schema>;
  'x-kubernetes-group-version-kind'?: readonly unknown[];
  'x-kubernetes-patch-merge-key'?: string;
  'x-kubernetes-patch-strategy'?: string;
}
interface Operation {
  parameters?: { name: string; in: string }[];
  requestBody?: { content: Record<string, unknown> };
  'x-kubernetes-group-version-kind'?: { group: string; version: string; kind: string };
}
interface Document {
  openapi: string;
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, Schema> };
}

const openAPI = newOpenAPI(KEYS);

function parse(key: string): Document {
  const document = openAPI.document(key);
  assert.ok(document);
  return JSON.parse(document.body.toString('utf8')) as Document;
}

function patches(document: Document): [string, Operation][] {
  return Object.entries(document.paths).flatMap(([path, item]) =>
    item['patch'] ? [[path, item['patch']] as [string, Operation]] : [],
  );
}

test('the index names every group version with the hash of its document', () => {
  const { body, etag } = openAPI.index();
  const { paths } = JSON.parse(body.toString('utf8')) as { paths: Record<string, { serverRelativeURL: string }> };
  assert.deepEqual(Object.keys(paths), KEYS);
  for (const key of KEYS) {
    const document = openAPI.document(key);
    assert.ok(document);
    assert.equal(document.hash, createHash('sha512').update(document.body).digest('hex').toUpperCase());
    assert.equal(paths[key]?.serverRelativeURL, `/openapi/v3/${key}?hash=${document.hash}`);
  }
  assert.match(etag, /^"[0-9A-F]{128}"$/);
});

for (const key of ['api/v2', '', '..', '../../../package', 'apis/apps/v1', '__proto__']) {
  test(`has no document for ${JSON.stringify(key)}`, () => assert.equal(openAPI.document(key), undefined));
}

test('reads a document once, on first use', () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'openapi-'));
  const served = newOpenAPI(['api/v1'], { dataDir });
  writeFileSync(join(dataDir, 'api__v1.json'), '{}');
  assert.equal(served.document('api/v1')?.body.toString(), '{}');
  writeFileSync(join(dataDir, 'api__v1.json'), '{"changed":true}');
  assert.equal(served.document('api/v1')?.body.toString(), '{}');
});

test('fails loudly when a served group version has no document', () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'openapi-'));
  assert.throws(() => newOpenAPI(['api/v1'], { dataDir }).index());
});

for (const key of KEYS) {
  test(`${key}: kubectl finds what it needs to create, apply and explain`, () => {
    const { openapi, paths, components } = parse(key);
    assert.equal(openapi, '3.0.0');
    for (const [path, patch] of patches(parse(key))) {
      assert.equal(typeof patch['x-kubernetes-group-version-kind']?.kind, 'string', path);
      assert.ok(
        patch.parameters?.some(({ name, in: where }) => name === 'fieldValidation' && where === 'query'),
        path,
      );
      assert.deepEqual(Object.keys(patch.requestBody?.content ?? {}), [
        'application/json-patch+json',
        'application/merge-patch+json',
        'application/strategic-merge-patch+json',
      ]);
    }
    const kinds = JSON.stringify(
      Object.values(components.schemas).map((schema) => schema['x-kubernetes-group-version-kind']),
    );
    for (const item of Object.values(paths)) {
      const kind = item['get']?.['x-kubernetes-group-version-kind']?.kind;
      if (kind) assert.ok(kinds.includes(`"kind":"${kind}"`), kind);
    }
  });

  test(`${key}: every reference resolves`, () => {
    const document = parse(key);
    const text = JSON.stringify(document);
    assert.ok(!text.includes('#/definitions/') && !text.includes('#/parameters/'));
    for (const [, name] of text.matchAll(/"#\/components\/schemas\/([^"]+)"/g)) {
      assert.ok(document.components.schemas[name ?? ''], name);
    }
  });

  test(`${key}: schemas and the message table hold the same fields and merge rules`, () => {
    const known = new Set(messageNames());
    for (const [name, schema] of Object.entries(parse(key).components.schemas)) {
      const [kind, version, group] = name.split('.').toReversed();
      const message = `${group}/${version}.${kind}`;
      if (!known.has(message) || !schema.properties) continue;
      assert.deepEqual(fieldsOf(schema), fieldsOfMessage(message, 'metadata' in schema.properties), name);
    }
  });
}

function fieldsOf({ properties = {} }: Schema): unknown {
  const fields = Object.entries(properties).filter(([field]) => field !== 'apiVersion' && field !== 'kind');
  return Object.fromEntries(
    fields.map(([field, property]) => [field, property['x-kubernetes-patch-merge-key'] ?? '']).toSorted(byName),
  );
}

function fieldsOfMessage(message: string, _isObject: boolean): unknown {
  const names = allFields(message).filter(([field]) => field !== 'apiVersion' && field !== 'kind');
  return Object.fromEntries(names.toSorted(byName));
}

function allFields(message: string): [string, string][] {
  return messageSchema(message).fields.flatMap((field) =>
    field.inline ? allFields(field.type) : [[field.name, field.mergeKey ?? ''] as [string, string]],
  );
}

function byName([a]: readonly string[], [b]: readonly string[]): number {
  return (a ?? '') < (b ?? '') ? -1 : 1;
}

test('serves no method that the resource set does not have', () => {
  const { paths } = parse('api/v1');
  assert.deepEqual(Object.keys(paths['/api/v1/namespaces/{namespace}/services'] ?? {}), ['parameters', 'get']);
  assert.deepEqual(
    Object.keys(paths['/api/v1/namespaces'] ?? {}).filter((key) => key !== 'parameters'),
    ['get', 'post'],
  );
  assert.ok(paths['/api/v1/namespaces/{namespace}/serviceaccounts/{name}/token']?.['post']);
  const own = parse('apis/identity.mayfly.dev/v1alpha1').paths;
  for (const item of Object.values(own))
    assert.deepEqual(
      Object.keys(item).filter((key) => key !== 'parameters'),
      ['get'],
    );
});
