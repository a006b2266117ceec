import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseDuration } from './duration.ts';

for (const { text, want } of [
  { text: '0', want: 0 },
  { text: '90s', want: 90_000 },
  { text: '1h30m', want: 5_400_000 },
  { text: '1.5h', want: 5_400_000 },
  { text: '250ms', want: 250 },
  { text: '', want: undefined },
  { text: '1', want: undefined },
  { text: '1d', want: undefined },
  { text: '-1h', want: undefined },
  { text: '1h ', want: undefined },
  { text: '1e9s', want: undefined },
]) {
  test(`parseDuration reads ${JSON.stringify(text)} as ${want}`, () => assert.equal(parseDuration(text), want));
}
