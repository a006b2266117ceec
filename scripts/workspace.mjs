// What `npm start` and `npm test` need before they can run: dependencies, a build, and the pinned Node.js.
// Runs on Node 18 and with nothing installed, so it is plain JavaScript and imports nothing but node:.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));
export const pinnedNode = join(root, 'node_modules/.bin/node');

/** Installs when `node_modules` is missing or older than the lockfile. */
export function ensureInstalled() {
  const marker = join(root, 'node_modules/.package-lock.json');
  if (existsSync(pinnedNode) && modifiedMs(marker) >= modifiedMs(join(root, 'package-lock.json'))) return;
  say('installing dependencies (npm ci)');
  mustRun('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error']);
}

/** Builds when a source, a manifest or the build script is newer than the bundle. */
export function ensureBuilt() {
  const builtMs = modifiedMs(join(root, 'packages/mayfly/dist/main.js'));
  const inputs = [
    'packages/api/src',
    'packages/sdk/src',
    'packages/mayfly/src',
    'packages/mayfly/package.json',
    'package-lock.json',
    'scripts/build.ts',
  ];
  if (builtMs > 0 && inputs.every((path) => newestMs(join(root, path)) <= builtMs)) return;
  say('building');
  mustRun(pinnedNode, [join(root, 'scripts/build.ts')]);
}

/** Becomes the pinned Node.js running `args`: signals are passed on, and its exit code is ours. */
export function become(args) {
  const path = `${join(root, 'node_modules/.bin')}:${process.env.PATH ?? ''}`;
  const child = spawn(pinnedNode, args, { stdio: 'inherit', cwd: root, env: { ...process.env, PATH: path } });
  // Ctrl-C reaches the child by itself: the terminal signals the whole group. We only have to outlive it.
  process.on('SIGINT', () => undefined);
  for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.once('error', (error) => fail(`cannot run ${pinnedNode}: ${error.message}`));
  child.once('exit', (code, signal) => {
    process.exitCode = code ?? (signal === 'SIGINT' ? 130 : 1);
  });
}

function mustRun(command, args) {
  const { status, error } = spawnSync(command, args, { stdio: ['ignore', 2, 2], cwd: root });
  if (error !== undefined) fail(`cannot run ${command}: ${error.message}`);
  if (status !== 0) fail(`${command} ${args[0]} failed; its own message is above`);
}

function modifiedMs(path) {
  return existsSync(path) ? statSync(path).mtimeMs : 0;
}

function newestMs(path) {
  if (!existsSync(path)) return 0;
  if (!statSync(path).isDirectory()) return statSync(path).mtimeMs;
  return Math.max(
    0,
    ...readdirSync(path)
      .filter((name) => !name.endsWith('.test.ts'))
      .map((name) => newestMs(join(path, name))),
  );
}

function say(text) {
  process.stderr.write(`mayfly: ${text}\n`);
}

function fail(text) {
  process.stderr.write(`error: ${text}\n`);
  process.exit(1);
}
