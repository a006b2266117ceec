/** Validation of containers, as far as identity needs. @see kubernetes/kubernetes pkg/apis/core/validation/validation.go, validateContainers */
import {
  duplicate,
  type FieldError,
  forbidden,
  invalid,
  notFound,
  notSupported,
  required,
} from '../../validation/field-error.ts';
import { dns1123Label, environmentVariableName, portName } from '../../validation/names.ts';
import type { Container, ContainerPort, EnvVar, VolumeMount } from './pod-types.ts';

const PULL_POLICIES = ['Always', 'IfNotPresent', 'Never'];
const MESSAGE_POLICIES = ['FallbackToLogsOnError', 'File'];
const PROTOCOLS = ['SCTP', 'TCP', 'UDP'];

/** What a container is judged against: the volumes of the pod, and the names already taken. */
export interface ContainerScope {
  readonly volumes: ReadonlySet<string>;
  readonly names: Set<string>;
}

/** @param field   path of the list; names are added to `scope.names` */
export function validateContainers(
  containers: readonly Container[],
  field: string,
  scope: ContainerScope,
): FieldError[] {
  return containers.flatMap((container, index) => validateContainer(container, `${field}[${index}]`, scope));
}

function validateContainer(container: Container, field: string, scope: ContainerScope): FieldError[] {
  return [
    ...nameErrors(container.name ?? '', `${field}.name`, scope.names),
    ...imageErrors(container.image ?? '', `${field}.image`),
    ...policyErrors(container, field),
    ...portsErrors(container.ports ?? [], `${field}.ports`),
    ...(container.env ?? []).flatMap((variable, index) => envErrors(variable, `${field}.env[${index}]`)),
    ...mountsErrors(container.volumeMounts ?? [], `${field}.volumeMounts`, scope.volumes),
  ];
}

function nameErrors(name: string, field: string, names: Set<string>): FieldError[] {
  if (name === '') return [required(field)];
  const errors = dns1123Label(name).map((text) => invalid(field, name, text));
  if (names.has(name)) errors.push(duplicate(field, name));
  names.add(name);
  return errors;
}

function imageErrors(image: string, field: string): FieldError[] {
  if (image === '') return [required(field)];
  return image === image.trim() ? [] : [invalid(field, image, 'must not have leading or trailing whitespace')];
}

function policyErrors({ imagePullPolicy = '', terminationMessagePolicy = '' }: Container, field: string): FieldError[] {
  return [
    ...choiceErrors(terminationMessagePolicy, MESSAGE_POLICIES, `${field}.terminationMessagePolicy`),
    ...choiceErrors(imagePullPolicy, PULL_POLICIES, `${field}.imagePullPolicy`),
  ];
}

/** One of a set of words, which the defaults have filled in. */
export function choiceErrors(value: string, choices: readonly string[], field: string): FieldError[] {
  if (value === '') return [required(field)];
  return choices.includes(value) ? [] : [notSupported(field, value, choices)];
}

function portsErrors(ports: readonly ContainerPort[], field: string): FieldError[] {
  const names = new Set<string>();
  return ports.flatMap((port, index) => portErrors(port, `${field}[${index}]`, names));
}

function portErrors(port: ContainerPort, field: string, names: Set<string>): FieldError[] {
  const { name = '', containerPort, hostPort, protocol = '' } = port;
  const errors: FieldError[] = [];
  if (name !== '') {
    const texts = portName(name);
    errors.push(...texts.map((text) => invalid(`${field}.name`, name, text)));
    if (texts.length === 0 && names.has(name)) errors.push(duplicate(`${field}.name`, name));
    names.add(name);
  }
  errors.push(
    ...(containerPort
      ? portNumberErrors(containerPort, `${field}.containerPort`)
      : [required(`${field}.containerPort`)]),
  );
  if (hostPort) errors.push(...portNumberErrors(hostPort, `${field}.hostPort`));
  return [...errors, ...choiceErrors(protocol, PROTOCOLS, `${field}.protocol`)];
}

function portNumberErrors(port: number, field: string): FieldError[] {
  return port >= 1 && port <= 65_535 ? [] : [invalid(field, port, 'must be between 1 and 65535, inclusive')];
}

function envErrors({ name = '', value = '', valueFrom }: Partial<EnvVar>, field: string): FieldError[] {
  const errors =
    name === ''
      ? [required(`${field}.name`)]
      : environmentVariableName(name).map((text) => invalid(`${field}.name`, name, text));
  if (!valueFrom) return errors;
  if (Object.keys(valueFrom).length !== 1) {
    const text =
      Object.keys(valueFrom).length === 0
        ? 'must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef` or `secretKeyRef`'
        : 'may not have more than one field specified at a time';
    errors.push(invalid(`${field}.valueFrom`, '', text));
  } else if (value !== '') {
    errors.push(invalid(`${field}.valueFrom`, '', 'may not be specified when `value` is not empty'));
  }
  return errors;
}

function mountsErrors(mounts: readonly VolumeMount[], field: string, volumes: ReadonlySet<string>): FieldError[] {
  const paths = new Set<string>();
  return mounts.flatMap((mount, index) => mountErrors(mount, `${field}[${index}]`, volumes, paths));
}

function mountErrors(
  mount: Partial<VolumeMount>,
  field: string,
  volumes: ReadonlySet<string>,
  paths: Set<string>,
): FieldError[] {
  const { name = '', mountPath = '', subPath = '', subPathExpr = '' } = mount;
  const errors: FieldError[] = [];
  if (name === '') errors.push(required(`${field}.name`));
  else if (!volumes.has(name)) errors.push(notFound(`${field}.name`, name));
  if (mountPath === '') errors.push(required(`${field}.mountPath`));
  if (paths.has(mountPath)) errors.push(invalid(`${field}.mountPath`, mountPath, 'must be unique'));
  paths.add(mountPath);
  if (subPath !== '' && subPathExpr !== '') {
    errors.push(forbidden(`${field}.subPathExpr`, 'subPathExpr and subPath are mutually exclusive'));
  }
  return [
    ...errors,
    ...subPathErrors(subPath, `${field}.subPath`),
    ...subPathErrors(subPathExpr, `${field}.subPathExpr`),
  ];
}

function subPathErrors(path: string, field: string): FieldError[] {
  const errors = path.startsWith('/') ? [invalid(field, path, 'must be a relative path')] : [];
  return path.split('/').includes('..') ? [...errors, invalid(field, path, "must not contain '..'")] : errors;
}
