/**
 * What RoleBinding and ClusterRoleBinding share: subjects, and a role that never changes.
 *
 * @see kubernetes/kubernetes pkg/apis/rbac/v1/defaults.go, pkg/apis/rbac/validation/validation.go; spec authorization §5.1
 */
import type { KubernetesObject } from '../../meta/v1/object-meta.ts';
import { type FieldError, invalid, notSupported, required } from '../../validation/field-error.ts';
import { dns1123Subdomain, pathSegment } from '../../validation/names.ts';
import { RBAC_GROUP } from './rules.ts';

export interface RoleRef {
  apiGroup: string;
  kind: string;
  name: string;
}

export interface Subject {
  kind: string;
  apiGroup?: string;
  name: string;
  namespace?: string;
}

/** The shape of both bindings. */
export interface Binding extends KubernetesObject {
  subjects?: Subject[];
  roleRef: RoleRef;
}

export interface BindingRules {
  /** Kinds of role that the binding may name. */
  readonly roleKinds: readonly string[];
  /** Nothing lends its namespace to a service account that names none. */
  readonly requireSubjectNamespace: boolean;
}

const SUBJECT_KINDS = ['ServiceAccount', 'User', 'Group'];

/** Fills in the only API group that makes sense. */
export function setBindingDefaults(binding: Binding): void {
  if (binding.roleRef && !binding.roleRef.apiGroup) binding.roleRef = { ...binding.roleRef, apiGroup: RBAC_GROUP };
  if (binding.subjects) binding.subjects = binding.subjects.map(withAPIGroup);
}

export function validateBinding(binding: Binding, rules: BindingRules): FieldError[] {
  const subjects = binding.subjects ?? [];
  return [
    ...roleRefErrors(binding.roleRef, rules.roleKinds),
    ...subjects.flatMap((subject, index) => subjectErrors(subject, rules, `subjects[${index}]`)),
  ];
}

/** The whole validation of an update: no need to call `validateBinding` too. */
export function validateBindingUpdate(binding: Binding, old: Binding, rules: BindingRules): FieldError[] {
  const errors = validateBinding(binding, rules);
  if (sameRole(binding.roleRef, old.roleRef)) return errors;
  return [...errors, invalid('roleRef', binding.roleRef, 'cannot change roleRef')];
}

function withAPIGroup(subject: Subject): Subject {
  const named = subject.kind === 'User' || subject.kind === 'Group';
  return named && !subject.apiGroup ? { ...subject, apiGroup: RBAC_GROUP } : subject;
}

function roleRefErrors(roleRef: Partial<RoleRef> | undefined, roleKinds: readonly string[]): FieldError[] {
  const { apiGroup = '', kind = '', name = '' } = roleRef ?? {};
  const errors: FieldError[] = [];
  if (apiGroup !== RBAC_GROUP) errors.push(notSupported('roleRef.apiGroup', apiGroup, [RBAC_GROUP]));
  if (!roleKinds.includes(kind)) errors.push(notSupported('roleRef.kind', kind, roleKinds));
  if (name === '') return [...errors, required('roleRef.name')];
  return [...errors, ...pathSegment(name).map((text) => invalid('roleRef.name', name, text))];
}

function subjectErrors(subject: Subject, rules: BindingRules, field: string): FieldError[] {
  const errors = subject.name ? [] : [required(`${field}.name`)];
  const { kind, apiGroup = '' } = subject;
  if (kind === 'ServiceAccount') return [...errors, ...accountErrors(subject, rules, field)];
  if (!SUBJECT_KINDS.includes(kind)) return [...errors, notSupported(`${field}.kind`, kind ?? '', SUBJECT_KINDS)];
  return apiGroup === RBAC_GROUP ? errors : [...errors, notSupported(`${field}.apiGroup`, apiGroup, [RBAC_GROUP])];
}

function accountErrors(subject: Partial<Subject>, rules: BindingRules, field: string): FieldError[] {
  const { name = '', apiGroup = '', namespace = '' } = subject;
  const errors: FieldError[] = [];
  if (name !== '') errors.push(...dns1123Subdomain(name).map((text) => invalid(`${field}.name`, name, text)));
  if (apiGroup !== '') errors.push(notSupported(`${field}.apiGroup`, apiGroup, ['']));
  if (rules.requireSubjectNamespace && namespace === '') errors.push(required(`${field}.namespace`));
  return errors;
}

function sameRole(a: RoleRef | undefined, b: RoleRef | undefined): boolean {
  return a?.apiGroup === b?.apiGroup && a?.kind === b?.kind && a?.name === b?.name;
}
