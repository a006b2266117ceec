/** The commands that the documents print, run as a reader would: in order, with a real kubectl, against `mayfly up`. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, beforeEach, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { kubectlBinary } from '../kubectl/install.ts';

const root = join(import.meta.dirname, '../../..');
const program = [process.execPath, '--conditions=source', join(root, 'packages/mayfly/src/main.ts')];

/** `says`: what must be read in the output, in this order. Blocks that start servers or change the machine are left out. */
const PAGES = [
  {
    page: 'README.md',
    leave: /npm (start|test)/,
    says: [/valid: yes/, /checkout.*Secret\/session/, /refuses this token/],
  },
  {
    page: 'docs/start.md',
    leave: /npm start/,
    says: [/mayfly-admin/, /valid: yes/, /not meant for them/, /another audience/, /is gone/],
  },
  { page: 'docs/tasks/issue-a-token.md', leave: undefined, says: [/become-app created/] },
  {
    page: 'docs/tasks/ci-job.md',
    leave: undefined,
    says: [/system:serviceaccount:ci:pipeline/, /release created/, /no such right/],
  },
  {
    page: 'docs/tasks/revoke-a-token.md',
    leave: undefined,
    says: [
      /^token [0-9a-f-]{36} revoked; it would have expired 20/m,
      /token has been revoked/,
      /it is over/,
      /^1 token of service account default\/checkout revoked/m,
      /ServiceAccount\/default\/checkout/,
      /incident-responders created/,
      /^yes$/m,
      /tokenrevocation.identity.mayfly.dev\/checkout-\S+ created/,
      /checkout annotated/,
      /status: \{/,
    ],
  },
] as const;

let home: string;
let server: ChildProcess | undefined;

beforeEach(stop);
after(stop);

for (const { page, leave, says } of PAGES) {
  test(`${page} does what it says`, async () => {
    home = mkdtempSync(join(tmpdir(), 'mayfly-docs-'));
    const port = await startServer();
    const script = blocks(readFileSync(join(root, page), 'utf8'), leave).replaceAll(':6443', `:${port}`);
    const { output, status } = run(script, await kubectlBinary('1.35'));
    assert.equal(status, page === 'README.md' ? 1 : 0, output); // the README ends with a refusal
    let rest = output;
    for (const pattern of says) {
      const found = pattern.exec(rest);
      assert.ok(found, `${pattern.source} in:\n${rest}`);
      rest = rest.slice(found.index);
    }
  });
}

function blocks(text: string, leave: RegExp | undefined): string {
  const found = [...text.matchAll(/^ *```sh\n(.*?)^ *```$/gms)].map(([, block = '']) => block);
  return found.filter((block) => leave === undefined || !leave.test(block)).join('\n');
}

async function startServer(): Promise<string> {
  const [node = '', ...args] = program;
  server = spawn(node, [...args, 'up', '--listen', '127.0.0.1:0'], { cwd: home, stdio: 'ignore' });
  const ready = join(home, '.mayfly/ready.json');
  for (let tries = 0; tries < 200 && !existsSync(ready); tries++) await sleep(50); // another process: no clock of ours
  const { apiServer } = JSON.parse(readFileSync(ready, 'utf8')) as { apiServer: string };
  return new URL(apiServer).port;
}

function run(script: string, kubectl: string): { output: string; status: number | null } {
  const quoted = program.map((word) => `'${word}'`).join(' ');
  const shell = `exec 2>&1\nkubectl() { '${kubectl}' "$@"; }\nnpx() { shift; ${quoted} "$@"; }\n${script}`;
  const { stdout, status } = spawnSync('bash', ['-c', shell], {
    cwd: home,
    env: { PATH: process.env.PATH, HOME: home, NODE_NO_WARNINGS: '1', KUBECONFIG: join(home, '.mayfly/kubeconfig') },
    encoding: 'utf8',
    timeout: 60_000,
  });
  return { output: stdout, status };
}

function stop(): void {
  server?.kill('SIGKILL'); // it would still write while its directory goes
  server = undefined;
  if (home !== undefined) rmSync(home, { recursive: true, force: true });
}
