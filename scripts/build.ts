/** Builds what is published: one bundle of the program, and JavaScript with declarations of `api` and `sdk`. */
import { spawn } from 'node:child_process';
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';

const root = join(import.meta.dirname, '..');
const mayfly = join(root, 'packages/mayfly');

/** CommonJS packages inside an ES module bundle still call `require` for Node's own modules. */
const REQUIRE_BANNER =
  "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);";

await Promise.all([bundle().then(testingTypes), declarations('api'), declarations('sdk')]);

async function bundle(): Promise<void> {
  const outdir = join(mayfly, 'dist');
  rmSync(outdir, { recursive: true, force: true });
  const testing = join(mayfly, 'src/testing/start.ts');
  await build({
    entryPoints: { main: join(mayfly, 'src/main.ts'), ...(existsSync(testing) ? { testing } : {}) },
    outdir,
    bundle: true,
    splitting: true, // a command loads its own part only
    chunkNames: 'chunks/[name]-[hash]',
    format: 'esm',
    platform: 'node',
    target: 'node22.18',
    conditions: ['source'],
    sourcemap: true,
    banner: { js: REQUIRE_BANNER },
    logLevel: 'warning',
  });
}

/** Types of `mayfly/testing`; the program itself has none to offer. */
function testingTypes(): Promise<void> {
  return compile(mayfly);
}

/** One `tsc` run emits both the modules and their types: the packages are a module a file. */
async function declarations(name: string): Promise<void> {
  const directory = join(root, 'packages', name);
  rmSync(join(directory, 'dist'), { recursive: true, force: true });
  await compile(directory);
}

function compile(directory: string): Promise<void> {
  const compiler = join(root, 'node_modules/typescript-native/bin/tsc');
  return run(process.execPath, [compiler, '-p', join(directory, 'tsconfig.build.json')]);
}

function run(command: string, args: readonly string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: 'inherit' });
    child.once('error', reject);
    child.once('exit', (code) => (code === 0 ? resolve() : reject(new Error(`${args[0]} ended with code ${code}`))));
  });
}
