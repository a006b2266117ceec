import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadConfig, newServerConfig } from './config.ts';
import { ConfigError } from './config-error.ts';
import { environmentOf, SETTINGS } from './settings.ts';

const NO_FLAGS: ReadonlyMap<string, readonly string[]> = new Map();

function load(flags: Record<string, string[]>, env: Record<string, string> = {}, content?: unknown) {
  const file = content === undefined ? undefined : { path: 'm.yaml', content };
  return loadConfig({ command: 'server', flags: new Map(Object.entries(flags)), env, file });
}

test('a flag wins over the environment, which wins over the file, which wins over the default', () => {
  const content = { listen: '1.1.1.1:1', v: 3, http1Only: true };
  const { config, origins } = load({ listen: ['3.3.3.3:3'] }, { MAYFLY_LISTEN: '2.2.2.2:2', MAYFLY_V: '2' }, content);
  assert.deepEqual(config.listen, { host: '3.3.3.3', port: 3 });
  assert.equal(config.v, 2);
  assert.equal(config.http1Only, true);
  assert.equal(config.anonymousAuth, true);
  assert.deepEqual(
    [origins.listen, origins.v, origins.http1Only, origins.anonymousAuth],
    ['flag', 'env', 'file', 'default'],
  );
});

test('the configuration is frozen, and audiences default to the issuers', () => {
  const { config } = load({ 'service-account-issuer': ['https://a', 'https://b'] });
  assert.ok(Object.isFrozen(config));
  assert.deepEqual(config.apiAudiences, ['https://a', 'https://b']);
});

test('defaults differ between up and server', () => {
  const up = loadConfig({ command: 'up', flags: NO_FLAGS, env: {}, file: undefined }).config;
  assert.deepEqual([up.dataDir, up.listen.host], ['.mayfly', '127.0.0.1']);
  assert.equal(newServerConfig('server').dataDir, '/var/lib/mayfly');
});

for (const { name, flags = {}, env = {}, content, want } of [
  {
    name: 'an unknown key',
    content: { listne: ':1' },
    want: 'm.yaml: unknown setting "listne"; mayfly config lists them',
  },
  {
    name: 'a key of a feature that is not there',
    content: { etcdServers: 'x' },
    want: 'm.yaml: "etcdServers" is not available in this version',
  },
  {
    name: 'an unknown variable',
    env: { MAYFLY_LISTNE: '' },
    want: 'unknown environment variable MAYFLY_LISTNE; mayfly config lists them',
  },
  { name: 'a file that is a list', content: ['x'], want: 'm.yaml must be a YAML mapping of settings' },
  {
    name: 'a nested value',
    content: { listen: { host: 'x' } },
    want: 'm.yaml: listen must be a text, a number or true/false',
  },
  {
    name: 'a port out of range',
    flags: { listen: ['a:65536'] },
    want: '--listen must be HOST:PORT with a port of 0 to 65535; found "a:65536"',
  },
  {
    name: 'a boolean that is neither',
    env: { MAYFLY_ANONYMOUS_AUTH: 'maybe' },
    want: 'MAYFLY_ANONYMOUS_AUTH must be true or false; found "maybe"',
  },
  {
    name: 'an unknown mode',
    flags: { 'authorization-mode': ['ABAC'] },
    want: '--authorization-mode must be one of Node, RBAC, AlwaysAllow, AlwaysDeny; found "ABAC"',
  },
  {
    name: 'a mode twice',
    flags: { 'authorization-mode': ['RBAC,RBAC'] },
    want: '--authorization-mode "RBAC,RBAC" has a mode more than once',
  },
  {
    name: 'a duration without unit',
    flags: { 'service-account-max-token-expiration': ['3600'] },
    want: '--service-account-max-token-expiration must be a duration such as 1h30m or 90s; found "3600"',
  },
  {
    name: 'row R16, a cap of half an hour',
    flags: { 'service-account-max-token-expiration': ['30m'] },
    want: 'the service-account-max-token-expiration must be between 1 hour and 2^32 seconds',
  },
  {
    name: 'a cap over 2^32 s',
    flags: { 'service-account-max-token-expiration': ['4294967297s'.replace('4294967297s', '1193047h')] },
    want: 'the service-account-max-token-expiration must be between 1 hour and 2^32 seconds',
  },
  {
    name: 'an empty issuer',
    content: { serviceAccountIssuer: [''] },
    want: 'm.yaml: serviceAccountIssuer must not be empty',
  },
  {
    name: 'an issuer twice',
    flags: { 'service-account-issuer': ['a', 'a'] },
    want: 'service-account-issuer "a" is already specified',
  },
  {
    name: 'an issuer that is no URL',
    flags: { 'service-account-issuer': ['://x'] },
    want: `service-account-issuer "://x" contained a ':' but was not a valid URL`,
  },
  {
    name: 'a certificate without its key',
    flags: { 'tls-cert-file': ['c'] },
    want: '--tls-cert-file and --tls-private-key-file must be given together',
  },
  {
    name: 'a signing key nobody can verify',
    flags: { 'service-account-signing-key-file': ['k'] },
    want: '--service-account-signing-key-file needs its public key among --service-account-key-file',
  },
  {
    name: 'an external signer beside a signing key',
    flags: { 'service-account-signing-endpoint': ['/s'], 'service-account-signing-key-file': ['k'] },
    want: "can't set `--service-account-signing-key-file` and/or `--service-account-key-file` with `--service-account-signing-endpoint` (They are mutually exclusive)",
  },
  {
    name: 'an external signer beside a verification key',
    flags: { 'service-account-signing-endpoint': ['/s'], 'service-account-key-file': ['k'] },
    want: "can't set `--service-account-signing-key-file` and/or `--service-account-key-file` with `--service-account-signing-endpoint` (They are mutually exclusive)",
  },
  {
    name: 'an abstract socket of an impossible name',
    flags: { 'service-account-signing-endpoint': ['@a..b'] },
    want: 'invalid value "@a..b" passed for `--service-account-signing-endpoint`, must be a valid abstract socket name',
  },
  {
    name: 'a plain http key set',
    flags: { 'service-account-jwks-uri': ['http://x'] },
    want: '--service-account-jwks-uri must be an https URL',
  },
  {
    name: 'a mode of legacy tokens that is none',
    flags: { 'service-account-legacy-tokens': ['refuse'] },
    want: '--service-account-legacy-tokens must be one of allow, warn, deny; found "refuse"',
  },
  {
    name: 'a clean-up period of nothing',
    flags: { 'legacy-service-account-token-clean-up-period': ['0'] },
    want: 'invalid CleanUpPeriod: 0s',
  },
  {
    name: 'an admission plugin nobody knows',
    flags: { 'enable-admission-plugins': ['ServiceAccount,Nobody'] },
    want: 'enable-admission-plugins plugin "Nobody" is unknown',
  },
  {
    name: 'to disable one nobody knows',
    flags: { 'disable-admission-plugins': ['serviceaccount'] },
    want: 'disable-admission-plugins plugin "serviceaccount" is unknown',
  },
  {
    name: 'an admission plugin that is not built',
    flags: { 'enable-admission-plugins': ['NodeRestriction'] },
    want: 'enable-admission-plugins plugin "NodeRestriction" is not available in this version',
  },
  {
    name: 'an admission plugin both on and off',
    flags: { 'enable-admission-plugins': ['ServiceAccount'], 'disable-admission-plugins': ['ServiceAccount'] },
    want: '[ServiceAccount] in enable-admission-plugins and disable-admission-plugins overlapped',
  },
  {
    name: 'an unknown controller',
    flags: { controllers: ['*,-nobody'] },
    want: '"-nobody" is not in the list of known controllers',
  },
] as {
  name: string;
  flags?: Record<string, string[]>;
  env?: Record<string, string>;
  content?: unknown;
  want: string;
}[]) {
  test(`refuses ${name}`, () => assert.throws(() => load(flags, env, content), new ConfigError(want)));
}

for (const { text, want } of [
  { text: '[::1]:0', want: { host: '::1', port: 0 } },
  { text: ':6443', want: { host: '0.0.0.0', port: 6443 } },
  { text: 'id.example.com:443', want: { host: 'id.example.com', port: 443 } },
]) {
  test(`--listen ${text}`, () => assert.deepEqual(load({ listen: [text] }).config.listen, want));
}

for (const endpoint of ['/run/signer.sock', 'signer.sock', '@signer', '@a.b-c_d.1']) {
  test(`--service-account-signing-endpoint ${endpoint}`, () => {
    const { config } = load({ 'service-account-signing-endpoint': [endpoint] });
    assert.equal(config.serviceAccountSigningEndpoint, endpoint);
  });
}

test('durations are read as Go writes them', () => {
  const read = (text: string) =>
    load({ 'service-account-max-token-expiration': [text] }).config.serviceAccountMaxTokenExpirationMs;
  assert.deepEqual(['0', '1h', '1h30m', '8760h0m0s'].map(read), [0, 3_600_000, 5_400_000, 31_536_000_000]);
});

test('no two settings share a name, a flag or a variable', () => {
  for (const of of [
    (s: (typeof SETTINGS)[number]) => s.name,
    (s: (typeof SETTINGS)[number]) => s.flag,
    environmentOf,
  ]) {
    assert.equal(new Set(SETTINGS.map(of)).size, SETTINGS.length);
  }
});
