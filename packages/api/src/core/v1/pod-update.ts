import type { FieldError } from '../../validation/field-error.ts';
import type { Pod } from './pod-types.ts';

export function validatePodUpdate(_pod: Pod, _old: Pod): FieldError[] {
  throw new Error('not written yet');
}
