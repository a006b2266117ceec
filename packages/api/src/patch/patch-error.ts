import { copyJSON } from '../decode/json.ts';

/**
 * Why a patch cannot be applied.
 *
 * - `malformed`: not a patch of this type at all (400)
 * - `failed`: a good patch that does not fit this object: a failed test, an absent path (422)
 * - `too-many-operations`: beyond the limit (413)
 * - `bad-directive`: a strategic merge directive that is unknown or contradicts the rest (400)
 * - `list-of-lists`: strategic merge of a list that holds lists (422)
 */
export type PatchErrorCode = 'malformed' | 'failed' | 'too-many-operations' | 'bad-directive' | 'list-of-lists';

/** `message` is for the caller; it may quote names from the patch, never values. */
export class PatchError extends Error {
  override readonly name = 'PatchError';
  readonly code: PatchErrorCode;

  constructor(code: PatchErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}

/** A deep copy, so that neither the stored object nor the patch can be changed through the result. */
export function copyOf(value: unknown): unknown {
  return copyJSON(value, () => new PatchError('malformed', 'exceeded max depth'));
}
