/** @see kubernetes/kubernetes pkg/registry/core/configmap/strategy.go */
import {
  type ConfigMap,
  setConfigMapDefaults,
  validateConfigMap,
  validateConfigMapUpdate,
} from '@mayfly/api/core/v1/config-map';
import { dns1123Subdomain } from '@mayfly/api/validation/names';
import { coreDefinition } from '../../generic/definitions.ts';
import type { Strategy } from '../../generic/strategy.ts';

export const configMapStrategy: Strategy<ConfigMap> = {
  definition: coreDefinition({
    resource: 'configmaps',
    singular: 'configmap',
    kind: 'ConfigMap',
    namespaced: true,
    shortNames: ['cm'],
  }),
  validateName: dns1123Subdomain,
  prepareForCreate: setConfigMapDefaults,
  prepareForUpdate: setConfigMapDefaults,
  validate: validateConfigMap,
  validateUpdate: validateConfigMapUpdate,
};
