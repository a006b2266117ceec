/** SigningKey: where in its life each key is. */
import type { SigningKey } from '@mayfly/api/identity/v1alpha1/signing-key';
import { type Column, NAME_COLUMN, type TableSpec } from './column.ts';
import { ageOf } from './duration.ts';

const NONE = '<none>';

export const SIGNING_KEY_TABLE: TableSpec<SigningKey> = {
  columns: [
    { ...NAME_COLUMN, description: 'Key id: the "kid" header of tokens.' },
    column('Algorithm', 'Algorithm of its signatures.', ({ spec }) => spec.algorithm),
    column('State', 'Announced, Active, Verifying or Retired.', ({ status }) => status.state),
    column('Announced', 'Time since the key was published.', ({ status }, nowMs) => ageOf(status.announcedAt, nowMs)),
    column('Signs From', 'When the key began, or will begin, to sign.', ({ status }) => signsFrom(status)),
    column('Verifies Until', 'When the last of its tokens has ended.', ({ status }) => verifiesUntil(status)),
  ],
};

function column(name: string, description: string, cell: Column<SigningKey>['cell']): Column<SigningKey> {
  return { name, description, cell };
}

export function signsFrom({ activatedAt, activateAt }: SigningKey['status']): string {
  return activatedAt ?? activateAt ?? NONE;
}

/** Of a key that may still be needed by a token in a Secret, nobody can say it. */
export function verifiesUntil({ state, verifyUntil, retiredAt, signedLegacyTokens }: SigningKey['status']): string {
  if (state === 'Retired') return retiredAt ?? NONE;
  if (verifyUntil === undefined) return NONE;
  return signedLegacyTokens === true ? `${verifyUntil} and legacy tokens` : verifyUntil;
}
