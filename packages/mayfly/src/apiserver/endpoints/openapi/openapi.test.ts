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

/** Fields that the message table has from a newer Kubernetes than the document. By hand, and only downwards. */
const NEWER_FIELDS: Readonly<Record<string, readonly string[]>> = {
  'authentication/v1.TokenRequestSpec': ['attestations'],
  'core/v1.ClusterTrustBundleProjection': ['user'],
  'core/v1.ConfigMapVolumeSource': ['defaultUser'],
  'core/v1.DownwardAPIVolumeFile': ['user'],
  'core/v1.DownwardAPIVolumeSource': ['defaultUser'],
  'core/v1.EmptyDirVolumeSource': ['mode'],
  'core/v1.GRPCAction': ['mode'],
  'core/v1.HTTPGetAction': ['protocol'],
  'core/v1.KeyToPath': ['user'],
  'core/v1.NodeAllocatableResourceClaimStatus': ['mapping', 'overhead'],
  'core/v1.NodeSpec': ['podPreemptionPolicy'],
  'core/v1.PodCertificateProjection': ['user'],
  'core/v1.PodSpec': ['evictionResponders'],
  'core/v1.PodStatus': ['volumeHealth'],
  'core/v1.ProjectedVolumeSource': ['defaultUser'],
  'core/v1.SecretVolumeSource': ['defaultUser'],
  'core/v1.ServiceAccountTokenProjection': ['user'],
  'core/v1.VolumeMount': ['bindMountOptions'],
};

const openAPI = newOpenAPI(KEYS);

function parse(key: string): Document {
  const document = openAPI.document(key);
  assert.ok(document);
  return JSON.parse(document.body.toString('utf8')) as Document;
}

function patches(document: Document): [string, Operation][] {
  return Object.entries(document.paths).flatMap(([path, item]) =>
    item.patch ? [[path, item.patch] as [string, Operation]] : [],
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
      const kind = item.get?.['x-kubernetes-group-version-kind']?.kind;
      if (kind) assert.ok(kinds.includes(`"kind":"${kind}"`), kind);
    }
  });

  test(`${key}: every reference resolves`, () => {
    const document = parse(key);
    const text = JSON.stringify(document);
    assert.ok(!text.includes('#/definitions/') && !text.includes('#/parameters/'));
    for (const [, name] of text.matchAll(/"#\/components\/schemas\/([^"]+)"/g)) {
      assert.ok(document.components.schemas[name ?? ''], `${name} is not there`);
    }
  });

  test(`${key}: schemas and the message table hold the same fields and merge rules`, () => {
    const known = new Set(messageNames());
    for (const [name, schema] of Object.entries(parse(key).components.schemas)) {
      const [kind, version, group] = name.split('.').toReversed();
      const message = `${group}/${version}.${kind}`;
      if (!known.has(message) || !schema.properties) continue;
      assert.deepEqual(fieldsOf(schema), fieldsOfMessage(message), name);
      for (const field of NEWER_FIELDS[message] ?? []) assert.ok(!(field in schema.properties), `${name}.${field}`);
    }
  });
}

function fieldsOf({ properties = {} }: Schema): unknown {
  const fields = Object.entries(properties).filter(([field]) => field !== 'apiVersion' && field !== 'kind');
  return Object.fromEntries(fields.map(([field, property]) => [field, mergeRule(property)]).toSorted(byName));
}

function fieldsOfMessage(message: string): unknown {
  const absent = ['apiVersion', 'kind', ...(NEWER_FIELDS[message] ?? [])];
  const names = allFields(message).filter(([field]) => !absent.includes(field));
  return Object.fromEntries(names.toSorted(byName));
}

function mergeRule(property: Schema): string {
  return `${property['x-kubernetes-patch-merge-key'] ?? ''} ${property['x-kubernetes-patch-strategy'] ?? ''}`;
}

function allFields(message: string): [string, string][] {
  return messageSchema(message).fields.flatMap((field) =>
    field.inline
      ? allFields(field.type)
      : [[field.name, `${field.mergeKey ?? ''} ${field.patchStrategy ?? ''}`] as [string, string]],
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
  assert.ok(paths['/api/v1/namespaces/{namespace}/serviceaccounts/{name}/token']?.post);
  const own = parse('apis/identity.mayfly.dev/v1alpha1').paths;
  const writes: Readonly<Record<string, string[]>> = {
    keyrotations: ['post'],
    tokenrevocations: ['get', 'post'],
    'signingkeys/{name}': ['get', 'delete'],
  };
  for (const [path, item] of Object.entries(own))
    assert.deepEqual(
      Object.keys(item).filter((key) => key !== 'parameters'),
      writes[path.replace('/apis/identity.mayfly.dev/v1alpha1/', '')] ?? ['get'],
    );
});
