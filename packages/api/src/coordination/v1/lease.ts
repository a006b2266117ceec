/** Lease: who leads, and until when. @see kubernetes/kubernetes pkg/apis/coordination/validation/validation.go */
import type { KubernetesObject } from '../../meta/v1/object-meta.ts';
import { type FieldError, invalid, required } from '../../validation/field-error.ts';

export interface LeaseSpec {
  holderIdentity?: string;
  leaseDurationSeconds?: number;
  /** MicroTime. */
  acquireTime?: string | null;
  /** MicroTime. */
  renewTime?: string | null;
  leaseTransitions?: number;
  strategy?: string;
  preferredHolder?: string;
}

export interface Lease extends KubernetesObject {
  spec?: LeaseSpec;
}

export function setLeaseDefaults(_lease: Lease): void {
  // Kubernetes defaults nothing here.
}

export function validateLease(lease: Lease): FieldError[] {
  const { leaseDurationSeconds, leaseTransitions, strategy, preferredHolder } = lease.spec ?? {};
  const errors: FieldError[] = [];
  if (leaseDurationSeconds !== undefined && leaseDurationSeconds <= 0) {
    errors.push(invalid('spec.leaseDurationSeconds', leaseDurationSeconds, 'must be greater than 0'));
  }
  if (leaseTransitions !== undefined && leaseTransitions < 0) {
    errors.push(invalid('spec.leaseTransitions', leaseTransitions, 'must be greater than or equal to 0'));
  }
  if (preferredHolder && !strategy) {
    errors.push(required('spec.strategy', 'must be set when `spec.preferredHolder` is set'));
  }
  return errors;
}

export function validateLeaseUpdate(lease: Lease, _old: Lease): FieldError[] {
  return validateLease(lease);
}
