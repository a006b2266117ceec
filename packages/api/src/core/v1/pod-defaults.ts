import type { Pod } from './pod-types.ts';

export function setPodDefaults(_pod: Pod): void {
  throw new Error('not written yet');
}
