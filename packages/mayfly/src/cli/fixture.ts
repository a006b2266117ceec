/** For tests: a server in this process, and commands that print into strings. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { type Mayfly, type MayflyOptions, startMayfly } from '../testing/start.ts';
import type { Terminal } from './terminal.ts';

export interface CommandFixture {
  readonly mayfly: Mayfly;
  /** Of a cluster admin. */
  readonly kubeconfig: string;
  /** Gone after the test. */
  readonly directory: string;
}

export async function startForCommands(context: TestContext, options?: MayflyOptions): Promise<CommandFixture> {
  const mayfly = await startMayfly(options);
  const directory = mkdtempSync(join(tmpdir(), 'mayfly-command-'));
  const kubeconfig = join(directory, 'kubeconfig');
  writeFileSync(kubeconfig, mayfly.kubeconfig, { mode: 0o600 });
  context.after(async () => {
    await mayfly.close();
    rmSync(directory, { recursive: true });
  });
  return { mayfly, kubeconfig, directory };
}

/** A kubeconfig for a bearer token, beside the admin's. */
export function writeTokenKubeconfig({ mayfly, directory }: CommandFixture, token: string): string {
  const path = join(directory, `kubeconfig-${token.length}`);
  const config = {
    'current-context': 'x',
    contexts: [{ name: 'x', context: { cluster: 'x', user: 'x' } }],
    clusters: [
      {
        name: 'x',
        cluster: {
          server: mayfly.url,
          'certificate-authority-data': Buffer.from(mayfly.caCertificate).toString('base64'),
        },
      },
    ],
    users: [{ name: 'x', user: { token } }],
  };
  writeFileSync(path, JSON.stringify(config), { mode: 0o600 });
  return path;
}

/** What a command wrote to standard output. @throws whatever the command throws */
export async function outputOf(run: (terminal: Terminal) => Promise<void>): Promise<string> {
  let text = '';
  const terminal: Terminal = {
    out: (more) => (text += more),
    err: (more) => (text += more),
    outIsTerminal: false,
    errIsTerminal: false,
    hasColor: false,
  };
  await run(terminal);
  return text;
}
