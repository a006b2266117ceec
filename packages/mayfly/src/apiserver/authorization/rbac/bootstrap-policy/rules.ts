/** The vocabulary the default policy is written in. Every list is sorted, as Kubernetes' own goldens are. */
import type { PolicyRule, Subject } from '../policy.ts';
import { RBAC_GROUP } from '../policy.ts';

export const READ = ['get', 'list', 'watch'];
export const WRITE = ['create', 'delete', 'deletecollection', 'patch', 'update'];
export const READ_WRITE = [...READ, ...WRITE];
export const READ_UPDATE = [...READ, 'patch', 'update'];

export const CORE = '';
export const ADMISSION = 'admissionregistration.k8s.io';
export const APPS = 'apps';
export const AUTHENTICATION = 'authentication.k8s.io';
export const AUTHORIZATION = 'authorization.k8s.io';
export const AUTOSCALING = 'autoscaling';
export const BATCH = 'batch';
export const CERTIFICATES = 'certificates.k8s.io';
export const COORDINATION = 'coordination.k8s.io';
export const DISCOVERY = 'discovery.k8s.io';
export const EVENTS = 'events.k8s.io';
export const EXTENSIONS = 'extensions';
export const NETWORKING = 'networking.k8s.io';
export const NODE = 'node.k8s.io';
export const POLICY = 'policy';
export const RESOURCE = 'resource.k8s.io';
export const STORAGE = 'storage.k8s.io';

type OneOrMore = string | readonly string[];

/** Verbs on resources of API groups; with `names`, on those objects only. */
export function allow(verbs: OneOrMore, groups: OneOrMore, resources: OneOrMore, names?: OneOrMore): PolicyRule {
  return {
    apiGroups: sorted(groups),
    ...(names === undefined ? {} : { resourceNames: sorted(names) }),
    resources: sorted(resources),
    verbs: sorted(verbs),
  };
}

export function allowURLs(verbs: OneOrMore, ...urls: string[]): PolicyRule {
  return { nonResourceURLs: sorted(urls), verbs: sorted(verbs) };
}

/** What anything that reports events needs. */
export const EVENT_RULE = allow(['create', 'patch', 'update'], [CORE, EVENTS], 'events');

function sorted(value: OneOrMore): readonly string[] {
  return typeof value === 'string' ? [value] : [...value].sort();
}

export function user(name: string): Subject {
  return { apiGroup: RBAC_GROUP, kind: 'User', name };
}

export function group(name: string): Subject {
  return { apiGroup: RBAC_GROUP, kind: 'Group', name };
}

export function serviceAccount(namespace: string, name: string): Subject {
  return { kind: 'ServiceAccount', name, namespace };
}
