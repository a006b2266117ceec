/**
 * Validation of a pod, as far as identity needs: what it is called, where it runs, as whom, and what is mounted.
 *
 * Differs: what only a kubelet would read (probes, resources, affinity, security contexts) passes unchecked.
 *
 * @see kubernetes/kubernetes pkg/apis/core/validation/validation.go, ValidatePodSpec
 */
import { validateLabels } from '../../meta/v1/validation.ts';
import { type FieldError, invalid, required } from '../../validation/field-error.ts';
import { dns1123Label, dns1123Subdomain, type NameValidator, qualifiedName } from '../../validation/names.ts';
import { choiceErrors, validateContainers } from './container-validation.ts';
import type { Pod, PodSpec, Toleration } from './pod-types.ts';
import { validateVolumes } from './volume-validation.ts';

export const MAX_INT32 = 2_147_483_647;

const RESTART_POLICIES = ['Always', 'OnFailure', 'Never'];
const DNS_POLICIES = ['ClusterFirstWithHostNet', 'ClusterFirst', 'Default', 'None'];

/** Checks a pod whose defaults are filled in. */
export function validatePod(pod: Pod): FieldError[] {
  const spec: Partial<PodSpec> = pod.spec ?? {};
  return [
    ...validateVolumes(spec.volumes ?? [], 'spec.volumes'),
    ...allContainersErrors(spec),
    ...choiceErrors(spec.restartPolicy ?? '', RESTART_POLICIES, 'spec.restartPolicy'),
    ...choiceErrors(spec.dnsPolicy ?? '', DNS_POLICIES, 'spec.dnsPolicy'),
    ...validateLabels(spec.nodeSelector, 'spec.nodeSelector'),
    ...nameErrors(spec.serviceAccountName, dns1123Subdomain, 'spec.serviceAccountName'),
    ...nameErrors(spec.nodeName, dns1123Subdomain, 'spec.nodeName'),
    ...deadlineErrors(spec.activeDeadlineSeconds),
    ...nameErrors(spec.hostname, dns1123Label, 'spec.hostname'),
    ...(spec.tolerations ?? []).flatMap((toleration, index) =>
      tolerationErrors(toleration, `spec.tolerations[${index}]`),
    ),
    ...(spec.schedulingGates ?? []).flatMap(({ name }, index) =>
      nameErrors(name, qualifiedName, `spec.schedulingGates[${index}].name`),
    ),
  ];
}

/** Names are unique over all containers of whichever sort. */
function allContainersErrors(spec: Partial<PodSpec>): FieldError[] {
  const { containers = [], initContainers = [], ephemeralContainers = [] } = spec;
  const scope = { volumes: new Set((spec.volumes ?? []).map(({ name }) => name)), names: new Set<string>() };
  return [
    ...(containers.length === 0 ? [required('spec.containers')] : []),
    ...validateContainers(containers, 'spec.containers', scope),
    ...validateContainers(initContainers, 'spec.initContainers', scope),
    ...validateContainers(ephemeralContainers, 'spec.ephemeralContainers', scope),
  ];
}

function nameErrors(value: string | undefined, validate: NameValidator, field: string): FieldError[] {
  return value ? validate(value).map((text) => invalid(field, value, text)) : [];
}

function deadlineErrors(seconds: number | undefined): FieldError[] {
  if (seconds === undefined || (seconds >= 1 && seconds <= MAX_INT32)) return [];
  return [invalid('spec.activeDeadlineSeconds', seconds, `must be between 1 and ${MAX_INT32}, inclusive`)];
}

function tolerationErrors(
  { key = '', operator = '', value = '', effect = '', tolerationSeconds }: Toleration,
  field: string,
): FieldError[] {
  const errors = nameErrors(key, qualifiedName, `${field}.key`);
  if (key === '' && operator !== 'Exists') {
    errors.push(
      invalid(
        `${field}.operator`,
        operator,
        'operator must be Exists when `key` is empty, which means "match all values and all keys"',
      ),
    );
  }
  if (operator === 'Exists' && value !== '') {
    errors.push(invalid(`${field}.operator`, value, "value must be empty when `operator` is 'Exists'"));
  }
  if (tolerationSeconds !== undefined && effect !== 'NoExecute') {
    errors.push(invalid(`${field}.effect`, effect, "effect must be 'NoExecute' when `tolerationSeconds` is set"));
  }
  return errors;
}
