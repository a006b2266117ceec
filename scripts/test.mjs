// `npm test`: installs and builds what is missing, then runs every test. Arguments are files to run instead.
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
];

ensureInstalled();
ensureBuilt();
const given = process.argv.slice(2);
const files = given.length > 0 ? given : FOLDERS.flatMap((folder) => testsIn(join(root, folder)));
become(['--conditions=source', '--test', '--test-reporter=spec', ...files]);

function testsIn(folder) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return entry.name === 'node_modules' ? [] : testsIn(path);
    return entry.name.endsWith('.test.ts') ? [path] : [];
  });
}
