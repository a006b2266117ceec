/** Runs plugins in their one order. The first refusal ends it. */
import type { AdmissionAttributes, AdmissionPlugin } from './plugin.ts';

export interface Admission {
  /** May complete the object in place. @throws StatusError */
  admit(attributes: AdmissionAttributes): Promise<void>;
  /** Changes nothing. @throws StatusError */
  validate(attributes: AdmissionAttributes): Promise<void>;
}

export function newAdmission(plugins: readonly AdmissionPlugin[]): Admission {
  const admitting = plugins.filter(({ admit }) => admit !== undefined);
  const validating = plugins.filter(({ validate }) => validate !== undefined);
  return {
    async admit(attributes) {
      for (const plugin of admitting) await plugin.admit?.(attributes);
    },
    async validate(attributes) {
      for (const plugin of validating) await plugin.validate?.(attributes);
    },
  };
}
