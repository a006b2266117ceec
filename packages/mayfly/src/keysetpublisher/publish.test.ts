import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { type Answer, publish } from './publish.ts';

const KEYS = '{"keys":[{"kty":"RSA","kid":"k1","n":"AQ","e":"AQAB"}]}';
const CONFIGURATION = '{"issuer":"https://iss","jwks_uri":"https://iss/openid/v1/jwks"}';
const LIST = 'eyJhIjoxfQ.eyJiIjoxfQ.c2ln';
const NOT_FOUND: Answer = { status: 404, cacheControl: null, body: '{}' };

const ok = (body: string, maxAge = 3600): Answer => ({ status: 200, cacheControl: `public, max-age=${maxAge}`, body });

const index = (...numbers: readonly number[]): Answer =>
  ok(JSON.stringify({ status_lists: numbers.map((n) => `https://iss/openid/v1/token-status-lists/${n}`) }), 60);

function newFixture(context: TestContext) {
  const directory = mkdtempSync(join(tmpdir(), 'mayfly-publish-'));
  context.after(() => rmSync(directory, { recursive: true, force: true }));
  const answers = new Map([
    ['/openid/v1/jwks', ok(KEYS)],
    ['/.well-known/openid-configuration', ok(CONFIGURATION)],
  ]);
  const asked: string[] = [];
  const get = async (path: string, contentType: string): Promise<Answer> => {
    asked.push(`${path} ${contentType}`);
    return answers.get(path) ?? NOT_FOUND;
  };
  const place = { server: 'https://api.example:6443', url: undefined };
  return {
    directory,
    answers,
    asked,
    publish: () => publish({ get, directory, place }),
    read: (path: string) => readFileSync(join(directory, path), 'utf8'),
    files: () =>
      readdirSync(directory, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => join(entry.parentPath, entry.name).slice(directory.length))
        .sort(),
  };
}

test('documents are written byte by byte, keys first, for everybody to read', async (context) => {
  const fixture = newFixture(context);
  assert.deepEqual(await fixture.publish(), {
    written: ['/openid/v1/jwks', '/.well-known/openid-configuration'],
    keysMaxAgeSeconds: 3600,
    minMaxAgeSeconds: 3600,
  });
  assert.equal(fixture.read('openid/v1/jwks'), KEYS);
  assert.equal(fixture.read('.well-known/openid-configuration'), CONFIGURATION);
  assert.equal(statSync(join(fixture.directory, 'openid/v1/jwks')).mode & 0o777, 0o644);
  assert.deepEqual(fixture.asked, [
    '/openid/v1/jwks application/jwk-set+json',
    '/.well-known/openid-configuration application/json',
    '/openid/v1/token-status-lists application/json',
  ]);
});

test('a second round writes what changed, and leaves the rest its date', async (context) => {
  const fixture = newFixture(context);
  await fixture.publish();
  const before = statSync(join(fixture.directory, '.well-known/openid-configuration')).ino;
  fixture.answers.set('/openid/v1/jwks', ok(KEYS.replace('k1', 'k2')));
  assert.deepEqual((await fixture.publish()).written, ['/openid/v1/jwks']);
  assert.equal(statSync(join(fixture.directory, '.well-known/openid-configuration')).ino, before);
  assert.deepEqual((await fixture.publish()).written, []);
});

test('who has a file open goes on reading the one it opened, whole', async (context) => {
  const fixture = newFixture(context);
  await fixture.publish();
  const before = statSync(join(fixture.directory, 'openid/v1/jwks')).ino;
  fixture.answers.set('/openid/v1/jwks', ok(KEYS.replace('k1', 'k2')));
  await fixture.publish();
  assert.notEqual(statSync(join(fixture.directory, 'openid/v1/jwks')).ino, before);
});

for (const { name, path, answer, want } of [
  {
    name: 'a refusal',
    path: '/openid/v1/jwks',
    answer: { status: 403, cacheControl: null, body: '{}' },
    want: 'GET /openid/v1/jwks: HTTP 403; bind the cluster role system:service-account-issuer-discovery to whom the kubeconfig names',
  },
  {
    name: 'a server that publishes nothing',
    path: '/.well-known/openid-configuration',
    answer: NOT_FOUND,
    want: /^GET \/.well-known\/openid-configuration: HTTP 404; the server publishes nothing/,
  },
  {
    name: 'a page instead of keys',
    path: '/openid/v1/jwks',
    answer: ok('<html>'),
    want: /did not answer a JSON object/,
  },
  { name: 'an empty key set', path: '/openid/v1/jwks', answer: ok('{"keys":[]}'), want: 'the key set holds no key' },
  {
    name: 'a configuration that leads to the API server',
    path: '/.well-known/openid-configuration',
    answer: ok(CONFIGURATION.replace('https://iss/openid', 'https://api.example:6443/openid')),
    want: /on the API server itself/,
  },
  {
    name: 'lists that cannot be had',
    path: '/openid/v1/token-status-lists',
    answer: { status: 500, cacheControl: null, body: '{}' },
    want: 'GET /openid/v1/token-status-lists: HTTP 500',
  },
  {
    name: 'a list that cannot be had',
    path: '/openid/v1/token-status-lists/0',
    answer: { status: 500, cacheControl: null, body: '{}' },
    want: 'GET /openid/v1/token-status-lists/0: HTTP 500',
  },
  { name: 'a list that is none', path: '/openid/v1/token-status-lists/0', answer: ok('{}'), want: /is no JWT/ },
]) {
  test(`after ${name} everything published before is still there`, async (context) => {
    const fixture = newFixture(context);
    fixture.answers.set('/openid/v1/token-status-lists', index(0));
    fixture.answers.set('/openid/v1/token-status-lists/0', ok(LIST, 60));
    await fixture.publish();
    const before = fixture.files().map((file) => [file, fixture.read(file)]);
    fixture.answers.set('/openid/v1/jwks', ok(KEYS.replace('k1', 'k2')));
    fixture.answers.set(path, answer);
    await assert.rejects(fixture.publish(), { message: want });
    assert.deepEqual(
      fixture.files().map((file) => [file, fixture.read(file)]),
      before,
    );
  });
}

test('token status lists are published below the keys, and go when the server has them no more', async (context) => {
  const fixture = newFixture(context);
  fixture.answers.set('/openid/v1/token-status-lists', index(0, 3));
  for (const number of [0, 3]) fixture.answers.set(`/openid/v1/token-status-lists/${number}`, ok(LIST, 60));
  const { written, minMaxAgeSeconds } = await fixture.publish();
  assert.deepEqual(written.slice(2), ['/openid/v1/token-status-lists/0', '/openid/v1/token-status-lists/3']);
  assert.equal(minMaxAgeSeconds, 60);
  fixture.answers.set('/openid/v1/token-status-lists', index(3));
  await fixture.publish();
  assert.deepEqual(fixture.files(), [
    '/.well-known/openid-configuration',
    '/openid/v1/jwks',
    '/openid/v1/token-status-lists/3',
  ]);
});

test('a server that knows nothing of lists takes none away', async (context) => {
  const fixture = newFixture(context);
  fixture.answers.set('/openid/v1/token-status-lists', index(0));
  fixture.answers.set('/openid/v1/token-status-lists/0', ok(LIST, 60));
  await fixture.publish();
  fixture.answers.delete('/openid/v1/token-status-lists');
  await fixture.publish();
  assert.equal(fixture.read('openid/v1/token-status-lists/0'), LIST);
});
