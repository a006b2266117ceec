/**
 * Selector keys of the ledger that equality cannot express: who may accept a token, when it ends, when it was last used,
 * whether it should have been renewed.
 *
 * They are asked like any field selector, so that kubectl, watches and RBAC know them; of a hundred thousand rows only
 * those that may match are decoded.
 */
import type { IssuedToken } from '@mayfly/api/identity/v1alpha1/issued-token';
import { badRequestError } from '@mayfly/api/meta/v1/status-error';
import { normalizeTime } from '@mayfly/api/meta/v1/time';
import { goQuote } from '@mayfly/api/validation/field-error';
import { holdsText, textAfter } from '../generic/byte-search.ts';
import type { FieldTest } from '../generic/strategy.ts';

/** `2026-01-01T00:00:00Z`: of one length, and in order as text. */
const TIME_LENGTH = 20;

export const ISSUED_TOKEN_FIELD_TESTS: Readonly<Record<string, (value: string) => FieldTest<IssuedToken>>> = {
  'spec.audiences': audienceTest,
  'status.stale': staleTest,
  expiresBefore: expiryTest,
  unusedSince: unusedTest,
};

/** One of the audiences. */
function audienceTest(value: string): FieldTest<IssuedToken> {
  return { matches: ({ spec }) => spec.audiences.includes(value), hint: holdsText(JSON.stringify(value)) };
}

/** `true`: it was used after it should have been renewed. */
function staleTest(value: string): FieldTest<IssuedToken> {
  if (value !== 'true' && value !== 'false') throw cannotSelect('status.stale', value, 'true or false');
  const isWanted = value === 'true';
  const matches = ({ status }: IssuedToken) => (status?.stale !== undefined) === isWanted;
  return isWanted ? { matches, hint: holdsText('"stale":{') } : { matches };
}

/** Its last moment is before a time. */
function expiryTest(value: string): FieldTest<IssuedToken> {
  const time = timeOf('expiresBefore', value);
  const expiry = textAfter('"expirationTimestamp":"', TIME_LENGTH);
  return {
    matches: ({ spec }) => spec.expirationTimestamp < time,
    hint: (bytes) => (expiry(bytes) ?? '') < time,
  };
}

/** Not used at or after a time, and issued before it: a token of a minute ago is not yet unused. */
function unusedTest(value: string): FieldTest<IssuedToken> {
  const time = timeOf('unusedSince', value);
  const lastUse = textAfter('"lastUsed":{"time":"', TIME_LENGTH);
  return {
    matches: ({ spec, status }) => spec.issuedAt < time && (status?.lastUsed?.time ?? '') < time,
    hint: (bytes) => (lastUse(bytes) ?? '') < time,
  };
}

function timeOf(field: string, value: string): string {
  const time = normalizeTime(value);
  if (time === undefined) throw cannotSelect(field, value, 'a time in RFC 3339');
  return time;
}

function cannotSelect(field: string, value: string, wanted: string): Error {
  return badRequestError(`field selector ${field}: ${goQuote(value.slice(0, 64))} is not ${wanted}`);
}
