/** KeyRotation: asks for a new signing key. Like a review it is answered and not stored. */
import type { KubernetesObject } from '../../meta/v1/object-meta.ts';
import { type FieldError, notSupported } from '../../validation/field-error.ts';
import type { SigningKeyState } from './signing-key.ts';

export const SIGNING_ALGORITHM_NAMES: readonly string[] = ['RS256', 'ES256', 'ES384', 'ES512'];

export interface KeyRotationSpec {
  /** Absent: that of the key now active. */
  algorithm?: string;
  /** The keys so far are compromised: the new one signs now, and they stop verifying now, whatever they signed. */
  panic?: boolean;
}

export interface KeyRotationStatus {
  /** Of the new key. Absent in a dry run. */
  keyID?: string;
  algorithm: string;
  state: SigningKeyState;
  /** The new key signs from then on. */
  activateAt: string;
  /** Keys that no longer verify; empty unless `panic` was set. */
  retiredKeyIDs?: string[];
}

export interface KeyRotation extends KubernetesObject {
  spec?: KeyRotationSpec;
  status?: KeyRotationStatus;
}

export function validateKeyRotation({ spec = {} }: KeyRotation): FieldError[] {
  const { algorithm = '' } = spec;
  if (algorithm === '' || SIGNING_ALGORITHM_NAMES.includes(algorithm)) return [];
  return [notSupported('spec.algorithm', algorithm, SIGNING_ALGORITHM_NAMES)];
}
