import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { test } from 'node:test';
import { newLog } from './pino-log.ts';
import { redact } from './redact.ts';

function capture(options: { verbosity?: number; isTerminal?: boolean } = {}) {
  const lines: string[] = [];
  const { verbosity = 1, isTerminal = false } = options;
  return { lines, log: newLog({ verbosity, isTerminal, hasColor: false, write: (line) => lines.push(line) }) };
}

const JWT = `${Buffer.from('{"alg":"RS256","kid":"k"}').toString('base64url')}.${Buffer.from('{"sub":"a-b-c"}').toString('base64url')}.c2lnbmF0dXJl`;
const PEM = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({
  type: 'pkcs8',
  format: 'pem',
}) as string;

for (const { name, text, secret } of [
  { name: 'a token', text: `refused ${JWT}, sorry`, secret: JWT },
  { name: 'a token without its signature', text: JWT.split('.').slice(0, 2).join('.'), secret: JWT.split('.')[1] },
  { name: 'a private key', text: PEM, secret: PEM.split('\n')[1] },
  { name: 'a private key cut short', text: PEM.slice(0, 100), secret: PEM.split('\n')[1]?.slice(0, 20) },
]) {
  test(`cuts ${name} out of text, JSON and the readable form`, () => {
    assert.ok(!redact(text).includes(secret ?? '?'));
    for (const isTerminal of [true, false]) {
      const { lines, log } = capture({ isTerminal });
      log.warn('look', { text, nested: { deep: [text] } });
      log.error(text);
      assert.equal(lines.length, 2);
      assert.ok(!lines.join('').includes(secret ?? '?'));
    }
  });
}

test('writes one JSON object a line', () => {
  const { lines, log } = capture();
  log.info('started', { port: 1 });
  const { time, ...rest } = JSON.parse(lines[0] ?? '') as Record<string, unknown>;
  assert.deepEqual(rest, { level: 'info', port: 1, message: 'started' });
  assert.match(String(time), /^\d{4}-.*Z$/);
});

for (const { verbosity, want } of [
  { verbosity: 0, want: 2 },
  { verbosity: 1, want: 3 },
  { verbosity: 4, want: 4 },
]) {
  test(`--v=${verbosity} lets ${want} of four levels through`, () => {
    const { lines, log } = capture({ verbosity });
    for (const level of ['error', 'warn', 'info', 'debug'] as const) log[level]('x');
    assert.equal(lines.length, want);
  });
}

test('the readable form lets nobody forge a line or move the cursor', () => {
  const { lines, log } = capture({ isTerminal: true });
  log.info('agent', { name: 'a\nerror forged\u001b[2J' });
  assert.equal(lines[0]?.indexOf('\n'), (lines[0]?.length ?? 0) - 1);
  assert.ok(!lines[0]?.includes('\u001b'));
});

test('an error is told with its cause, and with its stack in details only', () => {
  const error = new Error('could not save', { cause: new TypeError('disk is gone') });
  const told = (verbosity: number): string => {
    const { lines, log } = capture({ verbosity });
    log.error('request failed', { error });
    return (JSON.parse(lines[0] ?? '') as { error: string }).error;
  };
  assert.equal(told(1), 'Error: could not save; caused by TypeError: disk is gone');
  assert.match(told(4), /^Error: could not save\n +at .*; caused by TypeError: disk is gone\n +at /s);
});
