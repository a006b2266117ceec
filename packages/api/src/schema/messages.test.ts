import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { MERGE_STRATEGIES } from './merge-strategies.ts';
import { isMessageType, messageNames, messageSchema } from './messages.ts';

test('the generated table is what the generator writes', () => {
  const generator = fileURLToPath(new URL('../../../../scripts/generate-schema.ts', import.meta.url));
  execFileSync(process.execPath, [generator, '--check']);
});

test('every type is known, and no message holds itself, so the schema bounds how deep a body can nest', () => {
  const depthOf = (name: string, above: readonly string[]): number => {
    assert.ok(!above.includes(name), `${[...above, name].join(' > ')} is a cycle`);
    const inner = messageSchema(name).fields.filter(({ type }) => isMessageType(type));
    return 1 + Math.max(0, ...inner.map(({ type }) => depthOf(type, [...above, name])));
  };
  assert.ok(Math.max(...messageNames().map((name) => depthOf(name, []))) < 20);
});

test('field numbers and JSON names are unique within each message', () => {
  for (const name of messageNames()) {
    const { fields } = messageSchema(name);
    const own = fields.filter(({ inline }) => !inline);
    assert.equal(new Set(fields.map(({ number }) => number)).size, fields.length, name);
    assert.equal(new Set(own.map((field) => field.name)).size, own.length, name);
  }
});

test('merge strategies stand on fields that exist, and keys on elements that have them', () => {
  for (const [message, fields] of Object.entries(MERGE_STRATEGIES)) {
    for (const [name, { mergeKey }] of Object.entries(fields)) {
      const field = messageSchema(message).byJSONName(name);
      assert.ok(field, `${message}.${name}`);
      if (mergeKey !== undefined)
        assert.ok(messageSchema(field.type).byJSONName(mergeKey), `${field.type}.${mergeKey}`);
    }
  }
});

for (const name of [
  'core/v1.Binding',
  'policy/v1.Eviction',
  'meta/v1.DeleteOptions',
  'autoscaling/v1.Scale',
  'authentication/v1.TokenRequest',
  'authentication/v1.TokenReview',
  'authentication/v1.SelfSubjectReview',
  'authorization/v1.SubjectAccessReview',
  'authorization/v1.LocalSubjectAccessReview',
  'authorization/v1.SelfSubjectAccessReview',
  'authorization/v1.SelfSubjectRulesReview',
  'certificates/v1.CertificateSigningRequest',
  'coordination/v1.Lease',
  'core/v1.Event',
  'core/v1.Node',
  'core/v1.Service',
  'identity/v1alpha1.IssuedToken',
]) {
  test(`the schema has ${name}`, () =>
    assert.ok(messageSchema(name).byJSONName('metadata') ?? name === 'meta/v1.DeleteOptions'));
}

for (const { message, field, want } of [
  { message: 'core/v1.Volume', field: 'secret', want: 'core/v1.SecretVolumeSource' },
  { message: 'core/v1.Probe', field: 'httpGet', want: 'core/v1.HTTPGetAction' },
  { message: 'core/v1.EphemeralContainer', field: 'env', want: 'core/v1.EnvVar' },
]) {
  test(`byJSONName of ${message} looks through inlined structures for ${field}`, () =>
    assert.equal(messageSchema(message).byJSONName(field)?.type, want));
}

for (const name of ['core/v1.Nothing', 'constructor', '__proto__', '']) {
  test(`messageSchema refuses ${JSON.stringify(name)}`, () => assert.throws(() => messageSchema(name), /no message/));
}
