/**
 * Selector keys of the ledger that equality cannot express: who may accept a token, when it ends, when it was last used,
 * whether it should have been renewed.
 *
 * They are asked like any field selector, so that kubectl, watches and RBAC know them.
 */
import type { IssuedToken } from '@mayfly/api/identity/v1alpha1/issued-token';
import { badRequestError } from '@mayfly/api/meta/v1/status-error';
import { parseTime } from '@mayfly/api/meta/v1/time';
import { goQuote } from '@mayfly/api/validation/field-error';
import { hashOf } from '../generic/digest.ts';
import type { FieldTest } from '../generic/strategy.ts';

export const ISSUED_TOKEN_FIELD_TESTS: Readonly<Record<string, (value: string) => FieldTest<IssuedToken>>> = {
  'spec.audiences': audienceTest,
  'status.stale': (value) => flagTest('status.stale', value, STALE, ({ status }) => status?.stale !== undefined),
  extended: (value) => flagTest('extended', value, EXTENDED, ({ spec }) => spec.warnAfterTimestamp !== undefined),
  issuedBefore: issueTest,
  expiresBefore: expiryTest,
  unusedSince: unusedTest,
};

/** What the tests tell by, without decoding: three times in epoch milliseconds, two flags, then the audiences. */
export function issuedTokenDigest({ spec, status }: IssuedToken): readonly number[] {
  return [
    timeOf(spec.expirationTimestamp),
    timeOf(spec.issuedAt),
    timeOf(status?.lastUsed?.time),
    status?.stale === undefined ? 0 : 1,
    spec.warnAfterTimestamp === undefined ? 0 : 1,
    ...spec.audiences.map(hashOf),
  ];
}

const [EXPIRES, ISSUED, LAST_USED, STALE, EXTENDED, AUDIENCES] = [0, 1, 2, 3, 4, 5];

/** One of the audiences. */
function audienceTest(value: string): FieldTest<IssuedToken> {
  const wanted = hashOf(value);
  return {
    matches: ({ spec }) => spec.audiences.includes(value),
    mayMatch: (numbers, offset) => numbers.includes(wanted, offset + AUDIENCES),
  };
}

/** `true` or `false`. */
function flagTest(
  field: string,
  value: string,
  index: number,
  hasFlag: (token: IssuedToken) => boolean,
): FieldTest<IssuedToken> {
  if (value !== 'true' && value !== 'false') throw cannotSelect(field, value, 'true or false');
  const isWanted = value === 'true';
  return {
    matches: (token) => hasFlag(token) === isWanted,
    mayMatch: (numbers, offset) => (numbers[offset + index] === 1) === isWanted,
  };
}

function issueTest(value: string): FieldTest<IssuedToken> {
  const beforeMs = wantedTime('issuedBefore', value);
  return {
    matches: ({ spec }) => timeOf(spec.issuedAt) < beforeMs,
    mayMatch: (numbers, offset) => (numbers[offset + ISSUED] ?? 0) < beforeMs,
  };
}

/** Its last moment is before a time. */
function expiryTest(value: string): FieldTest<IssuedToken> {
  const beforeMs = wantedTime('expiresBefore', value);
  return {
    matches: ({ spec }) => timeOf(spec.expirationTimestamp) < beforeMs,
    mayMatch: (numbers, offset) => (numbers[offset + EXPIRES] ?? 0) < beforeMs,
  };
}

/** Not used at or after a time, and issued before it: a token of a minute ago is not yet unused. */
function unusedTest(value: string): FieldTest<IssuedToken> {
  const sinceMs = wantedTime('unusedSince', value);
  const isUnused = (issuedMs: number, lastUsedMs: number) => issuedMs < sinceMs && lastUsedMs < sinceMs;
  return {
    matches: ({ spec, status }) => isUnused(timeOf(spec.issuedAt), timeOf(status?.lastUsed?.time)),
    mayMatch: (numbers, offset) => isUnused(numbers[offset + ISSUED] ?? 0, numbers[offset + LAST_USED] ?? 0),
  };
}

/** Of a row: the server wrote it, so nothing about it needs checking. 0 for none. */
function timeOf(text: string | undefined): number {
  return text === undefined ? 0 : Date.parse(text);
}

function wantedTime(field: string, value: string): number {
  const timeMs = parseTime(value);
  if (timeMs === undefined) throw cannotSelect(field, value, 'a time in RFC 3339');
  return timeMs;
}

function cannotSelect(field: string, value: string, wanted: string): Error {
  return badRequestError(`field selector ${field}: ${goQuote(value.slice(0, 64))} is not ${wanted}`);
}
