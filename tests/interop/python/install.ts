/** The stock Kubernetes client for Python, in an environment of its own. */
import { execFile } from 'node:child_process';
import { access, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Pinned: a new client is a deliberate change. */
const PACKAGE = 'kubernetes==37.0.2';
const DIRECTORY = join(import.meta.dirname, '../../../.cache/python', PACKAGE);
const INSTALL_TIMEOUT_MS = 300_000;

/**
 * Path of an interpreter that has the client; made once and kept in `.cache/`.
 *
 * @throws when there is no Python with `venv`, or the package cannot be had
 */
export async function pythonWithClient(): Promise<string> {
  const python = join(DIRECTORY, 'bin/python');
  const done = join(DIRECTORY, 'installed');
  const isThere = await access(done).then(
    () => true,
    () => false,
  );
  if (isThere) return python;
  await rm(DIRECTORY, { recursive: true, force: true }); // half of an earlier try
  await run('python3', ['-m', 'venv', DIRECTORY], { timeout: INSTALL_TIMEOUT_MS });
  const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', PACKAGE];
  await run(python, pip, { timeout: INSTALL_TIMEOUT_MS });
  await run('touch', [done]);
  return python;
}
