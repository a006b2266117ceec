import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MAX_DATA_BYTES } from './data.ts';
import { type Secret, secretFields, setSecretDefaults, validateSecret, validateSecretUpdate } from './secret.ts';

const base64 = (text: string): string => Buffer.from(text).toString('base64');
const texts = (errors: readonly { field: string; body: string }[]): string[] =>
  errors.map(({ field, body }) => `${field}: ${body}`);

test('stringData is merged over data as base64, and gone', () => {
  const secret: Secret = { data: { a: base64('old'), b: base64('kept') }, stringData: { a: 'neu ü', c: '' } };
  setSecretDefaults(secret);
  assert.deepEqual(secret, { type: 'Opaque', data: { a: base64('neu ü'), b: base64('kept'), c: '' } });
});

test('a large stringData value is encoded whole', () => {
  const text = 'x'.repeat(1_000_000);
  const secret: Secret = { stringData: { a: text } };
  setSecretDefaults(secret);
  assert.equal(secret.data?.a, base64(text));
});

test('an empty stringData leaves no empty data behind', () => {
  const secret: Secret = { stringData: {} };
  setSecretDefaults(secret);
  assert.deepEqual(secret, { type: 'Opaque' });
});

test('an empty type on update keeps the stored one', () => {
  const secret: Secret = { type: '' };
  setSecretDefaults(secret, { type: 'kubernetes.io/tls' });
  assert.equal(secret.type, 'kubernetes.io/tls');
});

const filled = (bytes: number): Secret => ({ type: 'Opaque', data: { a: Buffer.alloc(bytes).toString('base64') } });

for (const { name, secret, want } of [
  { name: 'one MiB', secret: filled(MAX_DATA_BYTES), want: [] },
  {
    name: 'one byte more',
    secret: filled(MAX_DATA_BYTES + 1),
    want: ['data: Too long: may not be more than 1048576 bytes'],
  },
  {
    name: 'a token secret without its account',
    secret: { type: 'kubernetes.io/service-account-token' },
    want: ['metadata.annotations[kubernetes.io/service-account.name]: Required value'],
  },
  {
    name: 'a token secret with its account',
    secret: {
      type: 'kubernetes.io/service-account-token',
      metadata: { annotations: { 'kubernetes.io/service-account.name': 'app' } },
    },
    want: [],
  },
  {
    name: 'tls without a key',
    secret: { type: 'kubernetes.io/tls', data: { 'tls.crt': '' } },
    want: ['data[tls.key]: Required value'],
  },
  { name: 'tls', secret: { type: 'kubernetes.io/tls', data: { 'tls.crt': '', 'tls.key': '' } }, want: [] },
  {
    name: 'ssh without a key',
    secret: { type: 'kubernetes.io/ssh-auth' },
    want: ['data[ssh-privatekey]: Required value'],
  },
  {
    name: 'basic-auth with neither half',
    secret: { type: 'kubernetes.io/basic-auth' },
    want: ['data[username]: Required value', 'data[password]: Required value'],
  },
  { name: 'basic-auth with one half', secret: { type: 'kubernetes.io/basic-auth', data: { password: '' } }, want: [] },
  {
    name: 'a docker config',
    secret: { type: 'kubernetes.io/dockerconfigjson', data: { '.dockerconfigjson': base64('{}') } },
    want: [],
  },
  {
    name: 'no docker config',
    secret: { type: 'kubernetes.io/dockerconfigjson' },
    want: ['data[.dockerconfigjson]: Required value'],
  },
  {
    name: 'a docker config that is no JSON, without showing it',
    secret: { type: 'kubernetes.io/dockercfg', data: { '.dockercfg': base64('hunter2') } },
    want: ['data[.dockercfg]: Invalid value: "<secret contents redacted>": invalid JSON'],
  },
] as { name: string; secret: Secret; want: string[] }[]) {
  test(`validateSecret: ${name}`, () => assert.deepEqual(texts(validateSecret(secret)), want));
}

for (const key of ['..', '..data', 'a b', 'a/b', '', 'ü', 'a'.repeat(254)]) {
  test(`refuses the key ${JSON.stringify(key.slice(0, 10))}`, () => {
    const [error] = validateSecret({ type: 'Opaque', data: { [key]: '' } });
    assert.equal(error?.field, `data[${key}]`);
  });
}

const FROZEN: Secret = { type: 'Opaque', data: { a: 'YQ==' }, immutable: true };

for (const { name, secret, old, want } of [
  {
    name: 'another type',
    secret: { type: 'x' },
    old: { type: 'Opaque' },
    want: ['type: Invalid value: "x": field is immutable'],
  },
  {
    name: 'data of a frozen one',
    secret: { ...FROZEN, data: { a: 'Yg==' } },
    old: FROZEN,
    want: ['data: Forbidden: field is immutable when `immutable` is set'],
  },
  {
    name: 'a key less of a frozen one',
    secret: { ...FROZEN, data: {} },
    old: FROZEN,
    want: ['data: Forbidden: field is immutable when `immutable` is set'],
  },
  {
    name: 'thawing',
    secret: { ...FROZEN, immutable: false },
    old: FROZEN,
    want: ['immutable: Forbidden: field is immutable when `immutable` is set'],
  },
  { name: 'labels of a frozen one', secret: { ...FROZEN, metadata: { labels: { a: 'b' } } }, old: FROZEN, want: [] },
  { name: 'freezing', secret: FROZEN, old: { type: 'Opaque', data: { a: 'Yg==' } }, want: [] },
] as { name: string; secret: Secret; old: Secret; want: string[] }[]) {
  test(`validateSecretUpdate: ${name}`, () => assert.deepEqual(texts(validateSecretUpdate(secret, old)), want));
}

test('a secret is selected by its type', () => {
  assert.deepEqual(secretFields({ type: 'Opaque' }), { type: 'Opaque' });
});
