/** ConfigMap. @see kubernetes/kubernetes pkg/apis/core/validation/validation.go, ValidateConfigMap */
import type { KubernetesObject } from '../../meta/v1/object-meta.ts';
import { type FieldError, invalid } from '../../validation/field-error.ts';
import { byteLength } from '../../validation/names.ts';
import { decodedLength, frozenErrors, keyErrors, sizeErrors } from './data.ts';

export interface ConfigMap extends KubernetesObject {
  data?: Record<string, string>;
  /** Values are base64. */
  binaryData?: Record<string, string>;
  immutable?: boolean;
}

/** In every namespace: what verifies the API server's certificate. Pods mount it beside their token. */
export const ROOT_CA_CONFIG_MAP = 'kube-root-ca.crt';

export function setConfigMapDefaults(_configMap: ConfigMap): void {
  // Kubernetes defaults nothing here.
}

export function validateConfigMap(configMap: ConfigMap): FieldError[] {
  const { data = {}, binaryData = {} } = configMap;
  const shared = Object.keys(data).filter((key) => Object.hasOwn(binaryData, key));
  return [
    ...keyErrors(data, 'data'),
    ...shared.map((key) => invalid(`data[${key}]`, key, 'duplicate of key present in binaryData')),
    ...keyErrors(binaryData, 'binaryData'),
    ...sizeErrors(totalBytes(data, byteLength) + totalBytes(binaryData, decodedLength), ''),
  ];
}

/** The whole validation of an update: no need to call `validateConfigMap` too. */
export function validateConfigMapUpdate(configMap: ConfigMap, old: ConfigMap): FieldError[] {
  return [...frozenErrors(configMap, old, ['data', 'binaryData']), ...validateConfigMap(configMap)];
}

function totalBytes(map: Readonly<Record<string, string>>, lengthOf: (value: string) => number): number {
  return Object.values(map).reduce((sum, value) => sum + lengthOf(value), 0);
}
