/**
 * Validation of volumes: names, one source each, and every path a projected file is written to.
 *
 * A path that leaves the volume would let a pod's author write files anywhere on the node, so those checks stand
 * although the rest of a source passes through.
 *
 * @see kubernetes/kubernetes pkg/apis/core/validation/validation.go, ValidateVolumes; spec service-account-tokens §10.5
 */
import { DEFAULT_EXPIRATION_SECONDS, validateExpirationSeconds } from '../../authentication/v1/expiration.ts';
import { duplicate, type FieldError, forbidden, invalid, required } from '../../validation/field-error.ts';
import { dns1123Label } from '../../validation/names.ts';
import type {
  ConfigMapProjection,
  DownwardAPIVolumeFile,
  KeyToPath,
  ProjectedVolumeSource,
  ServiceAccountTokenProjection,
  Volume,
  VolumeProjection,
} from './volume.ts';
import { volumeSources } from './volume-defaults.ts';

const MODE_TEXT = 'must be a number between 0 and 0777 (octal), both inclusive';

/** @param field   path of the list */
export function validateVolumes(volumes: readonly Volume[], field: string): FieldError[] {
  const seen = new Set<string>();
  return volumes.flatMap((volume, index) => {
    const at = `${field}[${index}]`;
    const errors = [...sourceErrors(volume, at), ...nameErrors(volume.name ?? '', seen, `${at}.name`)];
    seen.add(volume.name);
    return errors;
  });
}

function nameErrors(name: string, seen: ReadonlySet<string>, field: string): FieldError[] {
  if (name === '') return [required(field)];
  const errors = dns1123Label(name).map((text) => invalid(field, name, text));
  if (errors.length > 0) return errors;
  return seen.has(name) ? [duplicate(field, name)] : [];
}

function sourceErrors(volume: Volume, field: string): FieldError[] {
  const [first, ...others] = volumeSources(volume);
  if (first === undefined) return [required(field, 'must specify a volume type')];
  const errors = others.map((source) => forbidden(`${field}.${source}`, 'may not specify more than 1 volume type'));
  return [...errors, ...secretErrors(volume, field), ...otherErrors(volume, field)];
}

function secretErrors({ secret, configMap }: Volume, field: string): FieldError[] {
  const errors: FieldError[] = [];
  if (secret && !secret.secretName) errors.push(required(`${field}.secret.secretName`));
  if (configMap && !configMap.name) errors.push(required(`${field}.configMap.name`));
  if (secret) errors.push(...modeErrors(secret.defaultMode, `${field}.secret.defaultMode`));
  if (configMap) errors.push(...modeErrors(configMap.defaultMode, `${field}.configMap.defaultMode`));
  errors.push(...itemsErrors(secret?.items, `${field}.secret.items`));
  errors.push(...itemsErrors(configMap?.items, `${field}.configMap.items`));
  return errors;
}

function otherErrors({ downwardAPI, hostPath, projected }: Volume, field: string): FieldError[] {
  const errors: FieldError[] = [];
  if (downwardAPI) {
    const at = `${field}.downwardAPI`;
    errors.push(...modeErrors(downwardAPI.defaultMode, `${at}.defaultMode`));
    errors.push(...(downwardAPI.items ?? []).flatMap((file) => fileErrors(file, at)));
  }
  if (hostPath) errors.push(...hostPathErrors(hostPath.path ?? '', `${field}.hostPath.path`));
  if (projected) errors.push(...projectedErrors(projected, `${field}.projected`));
  return errors;
}

function hostPathErrors(path: string, field: string): FieldError[] {
  return path === '' ? [required(field)] : backstepErrors(path, field);
}

function projectedErrors({ sources, defaultMode }: ProjectedVolumeSource, field: string): FieldError[] {
  const paths = new Set<string>();
  return [
    ...modeErrors(defaultMode, `${field}.defaultMode`),
    ...(sources ?? []).flatMap((source, index) => projectionErrors(source, field, `${field}.sources[${index}]`, paths)),
  ];
}

function projectionErrors(source: VolumeProjection, field: string, at: string, paths: Set<string>): FieldError[] {
  const errors: FieldError[] = [];
  for (const key of ['secret', 'configMap'] as const) {
    const projection = source[key];
    if (projection) errors.push(...keysErrors(projection, field, `${at}.${key}`, paths));
  }
  for (const file of source.downwardAPI?.items ?? []) {
    errors.push(...fileErrors(file, `${at}.downwardAPI`), ...conflictErrors(file.path, file.path, field, paths));
  }
  if (source.serviceAccountToken) errors.push(...tokenErrors(source.serviceAccountToken, field, at));
  if (volumeSources(source).length > 1) errors.push(forbidden(at, 'may not specify more than 1 volume type'));
  return errors;
}

function keysErrors(projection: ConfigMapProjection, field: string, at: string, paths: Set<string>): FieldError[] {
  const { name = '', items = [] } = projection;
  const errors = name === '' ? [required(`${at}.name`)] : [];
  errors.push(...itemsErrors(items, `${at}.items`));
  return [...errors, ...items.flatMap(({ path }) => conflictErrors(path, name, field, paths))];
}

/** The path's errors stand at the projected volume, not at the source: Kubernetes' own slip, kept. */
function tokenErrors(token: Partial<ServiceAccountTokenProjection>, field: string, at: string): FieldError[] {
  const { expirationSeconds = DEFAULT_EXPIRATION_SECONDS, path = '' } = token;
  const errors = validateExpirationSeconds(expirationSeconds, `${at}.serviceAccountToken.expirationSeconds`);
  if (path === '') return [...errors, required(`${field}.path`)];
  return [...errors, ...localPathErrors(path, `${field}.path`)];
}

function conflictErrors(path: string | undefined, value: string, field: string, paths: Set<string>): FieldError[] {
  if (!path) return [];
  if (paths.has(path)) return [invalid(field, value, 'conflicting duplicate paths')];
  paths.add(path);
  return [];
}

function itemsErrors(items: readonly KeyToPath[] = [], field: string): FieldError[] {
  return items.flatMap((item, index) => {
    const at = `${field}[${index}]`;
    const errors = item.key ? [] : [required(`${at}.key`)];
    errors.push(...(item.path ? localPathErrors(item.path, `${at}.path`) : [required(`${at}.path`)]));
    return [...errors, ...modeErrors(item.mode, `${at}.mode`)];
  });
}

function fileErrors(file: DownwardAPIVolumeFile, field: string): FieldError[] {
  const errors = file.path ? localPathErrors(file.path, `${field}.path`) : [required(`${field}.path`)];
  if (file.fieldRef && file.resourceFieldRef) {
    errors.push(invalid(field, 'resource', 'fieldRef and resourceFieldRef can not be specified simultaneously'));
  } else if (!file.fieldRef && !file.resourceFieldRef) {
    errors.push(required(field, 'one of fieldRef and resourceFieldRef is required'));
  }
  return [...errors, ...modeErrors(file.mode, `${field}.mode`)];
}

function modeErrors(mode: number | undefined, field: string): FieldError[] {
  return mode !== undefined && (mode < 0 || mode > 0o777) ? [invalid(field, mode, MODE_TEXT)] : [];
}

function localPathErrors(path: string, field: string): FieldError[] {
  const errors = path.startsWith('/') ? [invalid(field, path, 'must be a relative path')] : [];
  errors.push(...backstepErrors(path, field));
  if (path.startsWith('..') && !path.startsWith('../')) errors.push(invalid(field, path, "must not start with '..'"));
  return errors;
}

function backstepErrors(path: string, field: string): FieldError[] {
  return path.split('/').includes('..') ? [invalid(field, path, "must not contain '..'")] : [];
}
