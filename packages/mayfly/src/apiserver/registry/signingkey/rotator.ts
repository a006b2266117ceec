/** Who may be asked for another signing key, or to do without one. */
import type { KeyRotationSpec, KeyRotationStatus } from '@mayfly/api/identity/v1alpha1/key-rotation';
import type { SigningKey } from '@mayfly/api/identity/v1alpha1/signing-key';
import { StatusError } from '@mayfly/api/meta/v1/status-error';

export interface Rotation extends KeyRotationStatus {
  /** True: the key was announced earlier, and nothing was written. */
  readonly isUnderWay: boolean;
}

export interface KeyRotator {
  /**
   * Announces a new key, or, in a panic, lets it sign at once and ends all others.
   *
   * @param spec valid
   * @throws StatusError MethodNotAllowed where keys do not rotate, Conflict, ServerTimeout
   */
  rotate(spec: KeyRotationSpec, dryRun: boolean): Promise<Rotation>;
  /**
   * Removes a key of which no token lives.
   *
   * @param check is told of the key before anything is written, and may throw
   * @returns its last state
   * @throws StatusError MethodNotAllowed where keys do not rotate, NotFound, Conflict when the key is still needed
   */
  retire(kid: string, dryRun: boolean, check: (key: SigningKey) => Promise<void>): Promise<SigningKey>;
}

/** Keys that others look after. @param why with what to do instead */
export function newFixedKeys(why: string): KeyRotator {
  const refuse = (): never => {
    throw new StatusError('MethodNotAllowed', why);
  };
  return { rotate: async () => refuse(), retire: async () => refuse() };
}
