/** What a team sees, with nothing but kubectl, of the rules that their namespace has for tokens, and of the ledger. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type Mayfly, startMayfly } from 'mayfly/testing';
import { KUBECTL_MINORS, type KubectlMinor, kubectlBinary } from './install.ts';
import { Kubectl } from './kubectl.ts';

const P = 'identity.mayfly.dev/';

for (const minor of KUBECTL_MINORS) describe(`kubectl ${minor} and a token policy`, () => runStory(minor));

function runStory(minor: KubectlMinor): void {
  let mayfly: Mayfly;
  let kubectl: Kubectl;

  before(async () => {
    mayfly = await startMayfly();
    kubectl = await Kubectl.open(await kubectlBinary(minor), mayfly.kubeconfig);
    await kubectl.must('create', 'serviceaccount', 'app');
  });
  after(async () => {
    await kubectl?.[Symbol.asyncDispose]();
    await mayfly?.close();
  });

  test('annotate refuses what cannot be read', async () => {
    const { code, stderr } = await kubectl.run('annotate', 'namespace', 'default', `${P}max-token-expiration=soon`);
    assert.equal(code, 1);
    assert.match(stderr, /max-token-expiration\]: Invalid value: "soon": must be a duration from 10m/);
  });

  test('annotate warns of what nobody knows', async () => {
    const { stderr } = await kubectl.must('annotate', 'namespace', 'default', `${P}max-token-age=1h`);
    assert.match(
      stderr,
      /^Warning: metadata\.annotations\[identity\.mayfly\.dev\/max-token-age\]: unknown annotation/m,
    );
  });

  test('create token shows which rule refused it', async () => {
    await kubectl.must('annotate', 'namespace', 'default', `${P}max-token-expiration=1h`);
    await kubectl.must('annotate', 'serviceaccount', 'app', `${P}allowed-audiences=vault`);
    const long = await kubectl.run('create', 'token', 'app', '--audience', 'vault', '--duration', '2h');
    assert.equal(long.code, 1);
    assert.match(
      long.stderr,
      /serviceaccounts "app" is forbidden: a lifetime of 7200 seconds is more than the 3600 that annotation identity\.mayfly\.dev\/max-token-expiration of namespace "default" allows/,
    );
    const other = await kubectl.run('create', 'token', 'app', '--audience', 'db');
    assert.equal(other.code, 1);
    assert.match(
      other.stderr,
      /audience "db" is not among those that annotation identity\.mayfly\.dev\/allowed-audiences of serviceaccount "app" allows: vault/,
    );
    await kubectl.must('create', 'token', 'app', '--audience', 'vault', '--duration', '1h');
  });

  test('create token shows that a lifetime nobody asked for was shortened', async () => {
    await kubectl.must('annotate', '--overwrite', 'namespace', 'default', `${P}max-token-expiration=30m`);
    const { stderr, stdout } = await kubectl.must('create', 'token', 'app', '--audience', 'vault');
    assert.match(stdout, /^eyJ/);
    assert.match(stderr, /^Warning: requested expiration of 3600 seconds shortened to 1800 seconds by annotation/m);
  });

  test('get issuedtokens selects by audience and by time', async () => {
    const get = async (selector: string): Promise<string> =>
      (await kubectl.must('get', 'issuedtokens', '-A', '--field-selector', selector, '-o', 'name')).stdout;
    assert.equal((await get('spec.audiences=vault')).trim().split('\n').length, 2);
    const soon = new Date(mayfly.clock.nowMs() + 2_400_000).toISOString();
    assert.equal((await get(`spec.audiences=vault,expiresBefore=${soon}`)).trim().split('\n').length, 1);
    assert.equal(await get('status.stale=true'), '');
    const wrong = await kubectl.run('get', 'issuedtokens', '--field-selector', 'expiresBefore=soon');
    assert.match(wrong.stderr, /"soon" is not a time in RFC 3339/);
  });
}
