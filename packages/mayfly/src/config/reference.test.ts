import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { flagsReference } from './reference.ts';

test('docs/reference/flags.md is current (node scripts/generate-flags.ts)', () => {
  const page = join(import.meta.dirname, '../../../../docs/reference/flags.md');
  assert.equal(readFileSync(page, 'utf8'), flagsReference());
});
