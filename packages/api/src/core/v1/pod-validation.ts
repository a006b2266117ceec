import type { FieldError } from '../../validation/field-error.ts';
import type { Pod } from './pod-types.ts';

export function validatePod(_pod: Pod): FieldError[] {
  throw new Error('not written yet');
}
