/**
 * Admission: after authorization, before storage. `admit` may complete the object; `validate` may only refuse it.
 *
 * @see kubernetes/apiserver pkg/admission/interfaces.go
 */
import type { KubernetesObject } from '@mayfly/api/meta/v1/object-meta';
import type { RequestContext } from '../registry/rest.ts';

export interface AdmissionAttributes {
  readonly context: RequestContext;
  readonly operation: 'CREATE' | 'UPDATE' | 'DELETE';
  readonly group: string;
  readonly version: string;
  readonly resource: string;
  readonly subresource: string;
  readonly kind: string;
  /** Empty on a create with generateName. */
  readonly name: string;
  readonly namespace: string;
  /** The object to be stored, which `admit` may change in place; undefined for DELETE. */
  readonly object: KubernetesObject | undefined;
  readonly oldObject: KubernetesObject | undefined;
  readonly dryRun: boolean;
}

/** Both throw `StatusError` to refuse. */
export interface AdmissionPlugin {
  readonly name: string;
  admit?(attributes: AdmissionAttributes): Promise<void>;
  validate?(attributes: AdmissionAttributes): Promise<void>;
}
