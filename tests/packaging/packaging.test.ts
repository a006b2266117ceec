/** A clean install, from tarballs and without a network: every export imports, types resolve, the program runs. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';

const root = join(import.meta.dirname, '../..');
const place = mkdtempSync(join(tmpdir(), 'mayfly-packaging-'));
after(() => rmSync(place, { recursive: true, force: true }));

const PACKAGES = [
  { folder: 'api', name: '@mayfly/api' },
  { folder: 'sdk', name: '@mayfly/sdk' },
  { folder: 'mayfly', name: 'mayfly' },
] as const;

const installed = (name: string): string => join(place, 'node_modules', name);

/** Packs, and unpacks where an install would. Third-party packages are the workspace's own: the network is not tested here. */
function install(): void {
  const specs = PACKAGES.map(({ folder }) => join(root, 'packages', folder));
  execFileSync('npm', ['pack', '--silent', '--ignore-scripts', '--pack-destination', place, ...specs], { cwd: root });
  for (const { name } of PACKAGES) {
    const tarball = readdirSync(place).find((file) =>
      new RegExp(`^${name.replace('@', '').replace('/', '-')}-\\d.*\\.tgz$`).test(file),
    );
    mkdirSync(installed(name), { recursive: true });
    execFileSync('tar', ['-xzf', join(place, tarball ?? ''), '-C', installed(name), '--strip-components=1']);
  }
  writeFileSync(join(place, 'package.json'), '{"type":"module","private":true}');
}

install();

function modules(folder: string, suffix: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith(suffix));
}

for (const { name } of PACKAGES.slice(0, 2)) {
  test(`every module of ${name} imports by its public name`, () => {
    const names = modules(join(installed(name), 'dist'), '.js').map((file) => `${name}/${file.slice(0, -3)}`);
    assert.ok(names.length > 0, 'built');
    const program = `for (const name of ${JSON.stringify(names)}) await import(name);`;
    execFileSync(process.execPath, ['--input-type=module', '-e', program], { cwd: place, stdio: 'pipe' });
  });

  test(`${name} depends on nothing outside this workspace and ships no source or test`, () => {
    const manifest = JSON.parse(readFileSync(join(installed(name), 'package.json'), 'utf8')) as {
      dependencies?: Record<string, string>;
    };
    assert.deepEqual(
      Object.keys(manifest.dependencies ?? {}).filter((dependency) => !dependency.startsWith('@mayfly/')),
      [],
    );
    assert.deepEqual(modules(installed(name), '.test.js'), []);
    assert.ok(!existsSync(join(installed(name), 'src')));
  });
}

test('types of the packages resolve for a strict consumer', () => {
  const lines = [
    "import { newJWTVerifier, type JWTVerifier } from '@mayfly/sdk/verify/verifier';",
    "import type { UserInfo } from '@mayfly/api/user/user';",
    'export const make: (options: Parameters<typeof newJWTVerifier>[0]) => JWTVerifier = newJWTVerifier;',
    "export const user: UserInfo = { name: 'a', uid: '', groups: [], extra: {} };",
  ];
  writeFileSync(join(place, 'consumer.ts'), lines.join('\n'));
  const compiler = join(root, 'node_modules/typescript-native/bin/tsc');
  const options = [
    '--noEmit',
    '--strict',
    '--module',
    'nodenext',
    '--target',
    'es2024',
    '--lib',
    'es2024,dom',
    '--types',
    '',
    'consumer.ts',
  ];
  execFileSync(process.execPath, [compiler, ...options], { cwd: place, stdio: 'pipe' });
});

test('types of mayfly/testing resolve for a strict consumer', () => {
  const lines = [
    "import { type Mayfly, startMayfly } from 'mayfly/testing';",
    'export const mayfly: Mayfly = await startMayfly();',
    "export const token: string = await mayfly.issueToken('default', 'app', { audiences: ['vault'] });",
    '// @ts-expect-error: not a setting',
    'await startMayfly({ listne: 1 });',
  ];
  writeFileSync(join(place, 'testing.ts'), lines.join('\n'));
  const compiler = join(root, 'node_modules/typescript-native/bin/tsc');
  const language = ['--strict', '--module', 'nodenext', '--target', 'es2024', '--skipLibCheck'];
  const types = ['--types', 'node', '--typeRoots', join(root, 'node_modules/@types')];
  execFileSync(process.execPath, [compiler, '--noEmit', ...language, ...types, 'testing.ts'], {
    cwd: place,
    stdio: 'pipe',
  });
});

test('the program runs from its tarball alone: nothing is left out of the bundle', () => {
  const alone = join(place, 'alone');
  cpSync(installed('mayfly'), alone, { recursive: true });
  const output = execFileSync(process.execPath, [join(alone, 'bin/mayfly.js'), 'version'], {
    cwd: place,
    encoding: 'utf8',
  });
  writeFileSync(join(place, 'm.yaml'), 'v: 3\n'); // the YAML parser is a chunk of its own
  assert.match(output, /^mayfly \d+\.\d+\.\d+\n$/);
  assert.match(
    execFileSync(process.execPath, [join(alone, 'bin/mayfly.js'), 'config', '--config', 'm.yaml'], {
      cwd: place,
      encoding: 'utf8',
    }),
    /--v +3 +file/,
  );
});
