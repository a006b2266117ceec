/** docs/compat/kubernetes.md lists each `Differs:` of the sources, and nothing that is not there. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

const root = join(import.meta.dirname, '../..');

test('every deliberate difference of the sources has a row, and every row its source', () => {
  const page = readFileSync(join(root, 'docs/compat/kubernetes.md'), 'utf8');
  const listed = [...page.matchAll(/`(packages\/[^`]+\.ts)` \|$/gm)].map(([, file]) => file);
  assert.deepEqual(new Set(listed), new Set(differences()));
  assert.equal(listed.length, differences().length);
});

/** A file as often as it says it. */
function differences(): string[] {
  const files = readdirSync(join(root, 'packages'), { recursive: true, encoding: 'utf8' })
    .map((file) => `packages/${file.replaceAll('\\', '/')}`)
    .filter((file) => /^packages\/\w+\/src\/.*\.ts$/.test(file) && !file.endsWith('.test.ts'));
  return files.flatMap((file) => [...readFileSync(join(root, file), 'utf8').matchAll(/\bDiffers:/g)].map(() => file));
}
