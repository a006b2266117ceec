/** `mayfly up`: from starting the process to ready, beside an empty script in the same run; and memory when idle. */
import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { median } from './median.ts';
import { QUIET, startServer } from './processes.ts';
import type { BenchOptions, Report } from './report.ts';

export async function bench(report: Report, { smoke }: BenchOptions): Promise<void> {
  const rounds = smoke ? 2 : 9;
  const home = await mkdtemp(join(tmpdir(), 'mayfly-startup-'));
  try {
    await writeFile(join(home, 'empty.js'), '');
    await startOnce(join(home, 'compile-cache')); // the compile cache and the file cache are warm, as after an install
    const empty: number[] = [];
    const first: number[] = [];
    const later: number[] = [];
    let rssBytes = 0;
    for (let round = 0; round < rounds; round++) {
      empty.push(await emptyScript(join(home, 'empty.js')));
      first.push(await startOnce(join(home, `data-${round}`)));
      await using server = await startServer(QUIET, join(home, `data-${round}`), 'up');
      later.push(server.readyMs);
      rssBytes = await server.rssBytes();
    }
    const baseline = median(empty);
    report({ name: 'an empty script', value: baseline, unit: 'ms' });
    report({ name: 'first start to ready (keys and CA made)', value: median(first), unit: 'ms', baseline });
    report({ name: '… in empty scripts', value: median(first) / baseline, unit: '×', goal: '< 25 ×' });
    report({ name: 'later start to ready', value: median(later), unit: 'ms', baseline });
    report({ name: '… in empty scripts', value: median(later) / baseline, unit: '×', goal: '< 14 ×' });
    report({ name: 'resident memory, idle', value: rssBytes / 2 ** 20, unit: 'MiB', goal: '< 120 MiB' });
  } finally {
    await rm(home, { recursive: true, force: true });
  }
}

async function startOnce(dataDir: string): Promise<number> {
  await using server = await startServer(QUIET, dataDir, 'up');
  return server.readyMs;
}

function emptyScript(path: string): Promise<number> {
  const startedMs = performance.now();
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [path], { stdio: 'ignore' });
    child.on('error', reject);
    child.on('exit', () => resolve(performance.now() - startedMs));
  });
}
