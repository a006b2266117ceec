// `npm test`: installs and builds what is missing, then runs every test. Arguments are files or folders to run instead.
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { become, ensureBuilt, ensureInstalled, root } from './workspace.mjs';

const FOLDERS = [
  'packages/api/src',
  'packages/sdk/src',
  'packages/mayfly/src',
  'tests/conformance',
  'tests/matrix',
  'tests/fault',
  'tests/cli',
  'tests/packaging',
  'tests/examples',
  'examples',
];

ensureInstalled();
ensureBuilt();
const given = process.argv.slice(2);
const wanted = given.length > 0 ? given : FOLDERS.map((folder) => join(root, folder));
const files = wanted.flatMap((path) => (path.endsWith('.ts') ? [path] : testsIn(path)));
become(['--conditions=source', '--test', '--test-reporter=spec', ...files]);

function testsIn(folder) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return entry.name === 'node_modules' ? [] : testsIn(path);
    return entry.name.endsWith('.test.ts') ? [path] : [];
  });
}
