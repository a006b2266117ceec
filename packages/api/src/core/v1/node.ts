/** Node. @see kubernetes/kubernetes pkg/apis/core/validation/validation.go, ValidateNode and ValidateNodeUpdate */
import type { KubernetesObject } from '../../meta/v1/object-meta.ts';
import {
  duplicate,
  type FieldError,
  forbidden,
  invalid,
  notSupported,
  required,
} from '../../validation/field-error.ts';
import { labelValue, qualifiedName } from '../../validation/names.ts';
import type { Condition } from './references.ts';

export interface Taint {
  key: string;
  value?: string;
  effect: string;
  timeAdded?: string;
}

export interface NodeAddress {
  type: string;
  address: string;
}

export interface NodeSystemInfo {
  kubeletVersion?: string;
  osImage?: string;
  kernelVersion?: string;
  containerRuntimeVersion?: string;
  operatingSystem?: string;
  architecture?: string;
  machineID?: string;
  systemUUID?: string;
  bootID?: string;
  kubeProxyVersion?: string;
}

export interface NodeSpec {
  podCIDR?: string;
  podCIDRs?: string[];
  providerID?: string;
  unschedulable?: boolean;
  taints?: Taint[];
}

export interface NodeStatus {
  capacity?: Record<string, string>;
  allocatable?: Record<string, string>;
  phase?: string;
  conditions?: Condition[];
  addresses?: NodeAddress[];
  nodeInfo?: NodeSystemInfo;
}

export interface Node extends KubernetesObject {
  spec?: NodeSpec;
  status?: NodeStatus;
}

const TAINT_EFFECTS = ['NoSchedule', 'PreferNoSchedule', 'NoExecute'];

/** A capacity without allocatable means all of it is. */
export function setNodeDefaults(node: Node): void {
  const { status } = node;
  if (status?.capacity && !status.allocatable) status.allocatable = { ...status.capacity };
}

export function validateNode(node: Node): FieldError[] {
  return taintErrors(node.spec?.taints ?? []);
}

/** The whole validation of an update: provider id and pod ranges, once set, stay. */
export function validateNodeUpdate(node: Node, old: Node): FieldError[] {
  const errors = validateNode(node);
  const before = podCIDRs(old);
  const after = podCIDRs(node);
  if (before.length > 0 && before.join(',') !== after.join(',')) {
    const text = 'node updates may not change podCIDR except from "" to valid';
    errors.push(forbidden('spec.podCIDRs', text));
  }
  const providerID = old.spec?.providerID ?? '';
  if (providerID !== '' && providerID !== (node.spec?.providerID ?? '')) {
    errors.push(forbidden('spec.providerID', 'node updates may not change providerID except from "" to valid'));
  }
  return errors;
}

export const NODE_FIELDS: readonly string[] = ['spec.unschedulable'];

export function nodeFields(node: Node): Readonly<Record<string, string>> {
  return { 'spec.unschedulable': String(node.spec?.unschedulable ?? false) };
}

function podCIDRs({ spec = {} }: Node): readonly string[] {
  return spec.podCIDRs ?? (spec.podCIDR ? [spec.podCIDR] : []);
}

function taintErrors(taints: readonly Taint[]): FieldError[] {
  const seen = new Set<string>();
  return taints.flatMap((taint, index) => {
    const field = `spec.taints[${index}]`;
    const identity = JSON.stringify([taint.key, taint.effect]);
    if (seen.has(identity)) return [{ ...duplicate(field, taint) }];
    seen.add(identity);
    return oneTaintErrors(taint, field);
  });
}

function oneTaintErrors({ key, value = '', effect }: Taint, field: string): FieldError[] {
  return [
    ...qualifiedName(key ?? '').map((text) => invalid(`${field}.key`, key ?? '', text)),
    ...labelValue(value).map((text) => invalid(`${field}.value`, value, text)),
    ...(effect
      ? TAINT_EFFECTS.includes(effect)
        ? []
        : [notSupported(`${field}.effect`, effect, TAINT_EFFECTS)]
      : [required(`${field}.effect`)]),
  ];
}
