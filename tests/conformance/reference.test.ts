/** The reference pages are what the code says, and every code in the sources has a row. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { HTTP_CODE } from '@mayfly/api/meta/v1/status-error';
import { errorsReference, FAULTS, REASONS, STORAGE } from '../../scripts/reference/errors.ts';
import { metricsReference } from '../../scripts/reference/metrics.ts';

const root = join(import.meta.dirname, '../..');
const page = (name: string): string => readFileSync(join(root, 'docs/reference', name), 'utf8');

test('docs/reference/errors.md is current (node --conditions=source scripts/generate-reference.ts)', () => {
  assert.equal(page('errors.md'), errorsReference());
});

test('docs/reference/metrics.md is current (node --conditions=source scripts/generate-reference.ts)', () => {
  assert.equal(page('metrics.md'), metricsReference());
});

test('every status reason has a row, and no other', () => {
  assert.deepEqual(Object.keys(REASONS).sort(), Object.keys(HTTP_CODE).sort());
});

test('every error code of the sources has a row, and no other', () => {
  const listed = [...Object.keys(FAULTS), ...Object.keys(STORAGE)];
  assert.deepEqual(listed.sort(), [...codesInSources()].sort());
});

function codesInSources(): ReadonlySet<string> {
  const source = join(root, 'packages/mayfly/src');
  const files = readdirSync(source, { recursive: true, encoding: 'utf8' }).filter(
    (file) => file.endsWith('.ts') && !file.endsWith('.test.ts'),
  );
  const codes = files.flatMap((file) => readFileSync(join(source, file), 'utf8').match(/'ERR_[A-Z_]+'/g) ?? []);
  return new Set(codes.map((code) => code.slice(1, -1)));
}
