import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SigningKey, SigningKeyStatus } from '@mayfly/api/identity/v1alpha1/signing-key';
import { formatTime } from '@mayfly/api/meta/v1/time';
import {
  MAX_LIVE_KEYS,
  nextRotationMs,
  nextStep,
  PUBLICATION_MS,
  RETIRED_SHOWN_MS,
  type RotationRules,
} from './key-rotation.ts';

const NOW = Date.UTC(2026, 0, 1);
const SECOND = 1000;
const HOUR = 3_600_000;
const DAY = 24 * HOUR;

function key(name: string, status: Partial<SigningKeyStatus>, algorithm = 'RS256'): SigningKey {
  const announcedAt = formatTime(NOW - 100 * DAY);
  return {
    metadata: { name },
    spec: { algorithm, publicKey: '' },
    status: { state: 'Active', announcedAt, ...status },
  };
}

const at = (offsetMs: number): string => formatTime(NOW + offsetMs);
const active = (sinceMs: number, algorithm?: string) => key('active', { activatedAt: at(-sinceMs) }, algorithm);
const announced = (sinceMs: number) => key('next', { state: 'Announced', announcedAt: at(-sinceMs) });
const verifying = (more: Partial<SigningKeyStatus>) => key('old', { state: 'Verifying', ...more });

const RULES: RotationRules = {
  intervalMs: 30 * DAY,
  wantedAlgorithm: undefined,
  publishedSinceMs: ({ status }) => Date.parse(status.announcedAt),
  mayHoldLegacyTokens: () => true,
};

for (const { name, keys, rules = {}, want } of [
  { name: 'leaves a young key alone', keys: [active(HOUR)], want: 'none' },
  {
    name: 'announces so early that the new key signs when the interval is over',
    keys: [active(30 * DAY - PUBLICATION_MS)],
    want: 'announce RS256 schedule',
  },
  { name: 'and not a second earlier', keys: [active(30 * DAY - PUBLICATION_MS - SECOND)], want: 'none' },
  { name: 'keeps the algorithm it has', keys: [active(90 * DAY, 'ES384')], want: 'announce ES384 schedule' },
  {
    name: 'announces nothing by itself when the interval is 0',
    keys: [active(900 * DAY)],
    rules: { intervalMs: 0 },
    want: 'none',
  },
  {
    name: 'introduces another algorithm at once, also when the interval is 0',
    keys: [active(0)],
    rules: { intervalMs: 0, wantedAlgorithm: 'ES256' },
    want: 'announce ES256 algorithm',
  },
  {
    name: 'does not introduce the algorithm it has',
    keys: [active(0)],
    rules: { wantedAlgorithm: 'RS256' },
    want: 'none',
  },
  { name: 'announces one key at a time', keys: [active(90 * DAY), announced(0)], want: 'none' },
  { name: 'announces nothing where no key is active', keys: [], want: 'none' },
  {
    name: 'announces no more keys than one transaction can end',
    keys: [active(90 * DAY), ...Array.from({ length: MAX_LIVE_KEYS - 1 }, () => verifying({ verifyUntil: at(DAY) }))],
    want: 'none',
  },
  {
    name: 'does not count retired keys among them',
    keys: [
      active(90 * DAY),
      ...Array.from({ length: MAX_LIVE_KEYS }, () => verifying({ state: 'Retired', retiredAt: at(0) })),
    ],
    want: 'announce RS256 schedule',
  },
  {
    name: 'lets a key sign once all caches have run out',
    keys: [active(DAY), announced(PUBLICATION_MS)],
    want: 'activate next',
  },
  { name: 'and not a second earlier', keys: [active(DAY), announced(PUBLICATION_MS - SECOND)], want: 'none' },
  {
    name: 'counts from when the key was really published, whatever its date says',
    keys: [active(DAY), announced(DAY)],
    rules: { publishedSinceMs: () => NOW - PUBLICATION_MS + 1 },
    want: 'none',
  },
  {
    name: 'retires a key whose tokens have ended',
    keys: [active(DAY), verifying({ verifyUntil: at(0) })],
    want: 'retire old',
  },
  { name: 'and not a second earlier', keys: [active(DAY), verifying({ verifyUntil: at(SECOND) })], want: 'none' },
  { name: 'never one that does not say until when it is needed', keys: [active(DAY), verifying({})], want: 'none' },
  {
    name: 'keeps a key that a Secret may need',
    keys: [active(DAY), verifying({ verifyUntil: at(-DAY), signedLegacyTokens: true })],
    want: 'none',
  },
  {
    name: 'until none does',
    keys: [active(DAY), verifying({ verifyUntil: at(-DAY), signedLegacyTokens: true })],
    rules: { mayHoldLegacyTokens: () => false },
    want: 'retire old',
  },
  {
    name: 'forgets a retired key after a while',
    keys: [active(DAY), verifying({ state: 'Retired', retiredAt: at(-RETIRED_SHOWN_MS) })],
    want: 'forget old',
  },
  {
    name: 'and not a second earlier',
    keys: [active(DAY), verifying({ state: 'Retired', retiredAt: at(SECOND - RETIRED_SHOWN_MS) })],
    want: 'none',
  },
] as { name: string; keys: SigningKey[]; rules?: Partial<RotationRules>; want: string }[]) {
  test(`nextStep ${name}`, () => {
    const step = nextStep(keys, { ...RULES, ...rules }, NOW);
    const what =
      'key' in step ? step.key.metadata?.name : 'algorithm' in step ? `${step.algorithm} ${step.reason}` : '';
    assert.equal(`${step.step} ${what}`.trim(), want);
  });
}

for (const { name, keys, intervalMs, want } of [
  { name: 'an interval after the last one', keys: [active(DAY)], intervalMs: 30 * DAY, want: NOW + 29 * DAY },
  {
    name: 'when the announced key signs',
    keys: [active(DAY), key('n', { state: 'Announced', activateAt: at(HOUR) })],
    intervalMs: 0,
    want: NOW + HOUR,
  },
  { name: 'never, without a schedule', keys: [active(DAY)], intervalMs: 0, want: undefined },
]) {
  test(`the next rotation is ${name}`, () => assert.equal(nextRotationMs(keys, intervalMs), want));
}
