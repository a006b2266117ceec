/** `mayfly keys …` against a server, as a person types it. */
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { SigningKey } from '@mayfly/api/identity/v1alpha1/signing-key';
import { type Mayfly, startMayfly } from 'mayfly/testing';
import { listKeys } from '../../packages/mayfly/src/cli/keys-list.ts';
import { retireKey } from '../../packages/mayfly/src/cli/keys-retire.ts';
import { rotateKeys } from '../../packages/mayfly/src/cli/keys-rotate.ts';
import type { Terminal } from '../../packages/mayfly/src/cli/terminal.ts';
import { generateSigningKey, type SigningKey as SigningKeyPair } from '../../packages/mayfly/src/jose/keys.ts';

const PUBLICATION_MS = 65 * 60_000;
const TIME = '\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\dZ';

let home: string;
let mayfly: Mayfly;
let options: { kubeconfig: string };

before(async () => {
  home = await mkdtemp(join(tmpdir(), 'mayfly-keys-'));
  mayfly = await startMayfly({ serviceAccountSigningAlgorithm: 'ES256' });
  options = { kubeconfig: join(home, 'kubeconfig') };
  await writeFile(options.kubeconfig, mayfly.kubeconfig);
});
after(async () => {
  await mayfly.close();
  await rm(home, { recursive: true, force: true });
});

/** What a command prints. */
async function printed(command: (terminal: Terminal) => Promise<void>): Promise<string> {
  let text = '';
  const out = (more: string): void => {
    text += more;
  };
  await command({ out, err: out, outIsTerminal: false, errIsTerminal: false, hasColor: false });
  return text;
}

const list = (): Promise<string> => printed((terminal) => listKeys(options, terminal));

test('the life of a key, command by command', async () => {
  mayfly.clock.advance(1000); // so that the next key is younger than the first
  assert.match(
    await list(),
    new RegExp(
      `^KEY ID +ALGORITHM +STATE +ANNOUNCED +SIGNS FROM +VERIFIES UNTIL\\n[\\w-]{43} +ES256 +Active +${TIME} +${TIME} +-\\n$`,
    ),
  );
  assert.match(
    await printed((terminal) => rotateKeys({ ...options, algorithm: 'RS256' }, terminal)),
    new RegExp(`^[\\w-]{43} \\(RS256\\) is announced, and signs from ${TIME}\\n$`),
  );
  assert.match(await list(), /ES256 +Active .*\n.* RS256 +Announced /);

  let waited = 0;
  const sleep = async (): Promise<void> => {
    if (waited++ === 0) mayfly.clock.advance(PUBLICATION_MS);
  };
  const rotated = await printed((terminal) => rotateKeys({ ...options, wait: true }, terminal, sleep));
  assert.match(rotated, /is announced, and signs from .*\n[\w-]{43} signs\n$/);
  assert.match(await list(), new RegExp(`ES256 +Verifying .* ${TIME}\\n.* RS256 +Active `));

  const panic = await printed((terminal) => rotateKeys({ ...options, panic: true }, terminal));
  assert.match(panic, /^[\w-]{43} \(RS256\) signs now; tokens of 2 earlier keys are refused now\n$/);
  assert.equal((await list()).match(/Retired \(compromised\)/g)?.length, 2);
});

test('retire takes an announced key back, and says why not otherwise', async () => {
  const rotation = JSON.parse(await printed((terminal) => rotateKeys({ ...options, output: 'json' }, terminal)));
  const kid: string = rotation.status.keyID;
  assert.equal(await printed((terminal) => retireKey(kid, options, terminal)), `${kid} is retired\n`);
  const keys = JSON.parse(
    await printed((terminal) => listKeys({ ...options, output: 'json' }, terminal)),
  ) as SigningKey[];
  assert.ok(!keys.some(({ metadata }) => metadata?.name === kid));
  const active = keys.find(({ status }) => status.state === 'Active')?.metadata?.name ?? '';
  await assert.rejects(
    printed((terminal) => retireKey(active, options, terminal)),
    {
      name: 'CommandError',
      message: new RegExp(`"${active}": it signs; announce another with "mayfly keys rotate" first$`),
    },
  );
});

test('waiting ends when the key is taken back', async () => {
  let kid = '';
  const sleep = async (): Promise<void> => {
    const keys = JSON.parse(
      await printed((terminal) => listKeys({ ...options, output: 'json' }, terminal)),
    ) as SigningKey[];
    kid = keys.find(({ status }) => status.state === 'Announced')?.metadata?.name ?? '';
    await printed((terminal) => retireKey(kid, options, terminal));
  };
  await assert.rejects(
    printed((terminal) => rotateKeys({ ...options, wait: true }, terminal, sleep)),
    /CommandError.*not found/,
  );
});

test('list shows what a server has from files', async () => {
  const [own, former] = [await generateSigningKey('P-256'), await generateSigningKey('RSA')];
  const [signing, verifying] = [join(home, 'sa.key'), join(home, 'sa.pub')];
  const publicPEM = (key: SigningKeyPair): string => key.publicKey.export({ type: 'spki', format: 'pem' }).toString();
  await writeFile(signing, own.privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 });
  await writeFile(verifying, publicPEM(own) + publicPEM(former));
  for (const { settings, want } of [
    {
      settings: { serviceAccountSigningKeyFile: signing, serviceAccountKeyFile: [verifying] },
      want: new RegExp(
        `^KEY ID +ALGORITHM +TYPE +USE\\n${own.kid} +ES256 +EC P-256 +sig\\n${former.kid} +RS256 +RSA 2048 bits +sig\\n$`,
      ),
    },
    {
      settings: { serviceAccountKeyFile: [verifying] },
      want: new RegExp(
        ` Active .*\\n${own.kid} +ES256 +Verifying \\(file\\) .*\\n${former.kid} +RS256 +Verifying \\(file\\) .*\\n$`,
      ),
    },
  ]) {
    const server = await startMayfly(settings);
    const kubeconfig = join(home, 'another');
    await writeFile(kubeconfig, server.kubeconfig);
    assert.match(await printed((terminal) => listKeys({ kubeconfig }, terminal)), want);
    await server.close();
  }
});
