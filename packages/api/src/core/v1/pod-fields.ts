/** What a field selector may ask of a pod. @see kubernetes/kubernetes pkg/registry/core/pod/strategy.go, ToSelectableFields */
import type { Pod } from './pod-types.ts';

export const POD_FIELDS: readonly string[] = [
  'spec.nodeName',
  'spec.restartPolicy',
  'spec.schedulerName',
  'spec.serviceAccountName',
  'spec.hostNetwork',
  'status.phase',
  'status.podIP',
  'status.podIPs',
  'status.nominatedNodeName',
];

export function podFields({ spec, status = {} }: Pod): Readonly<Record<string, string>> {
  const podIP = status.podIPs?.[0]?.ip ?? status.podIP ?? '';
  return {
    'spec.nodeName': spec?.nodeName ?? '',
    'spec.restartPolicy': spec?.restartPolicy ?? '',
    'spec.schedulerName': spec?.schedulerName ?? '',
    'spec.serviceAccountName': spec?.serviceAccountName ?? '',
    'spec.hostNetwork': String(spec?.hostNetwork ?? false),
    'status.phase': status.phase ?? '',
    'status.podIP': podIP,
    'status.podIPs': podIP,
    'status.nominatedNodeName': status.nominatedNodeName ?? '',
  };
}
