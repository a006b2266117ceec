import { copyOf, PatchError } from './patch-error.ts';

export { PatchError } from './patch-error.ts';

/** Placeholder until the next commit. */
export function applyStrategicMergePatch(schema: string, original: unknown, patch: unknown): unknown {
  if (patch === null) throw new PatchError('malformed', `not a patch of ${schema}`);
  return copyOf(original);
}
