/**
 * Where objects live: `/registry/<resource>/<namespace>/<name>`, as a stock server lays them out.
 *
 * Prefixes end in `/`, so that a list of namespace `a` never sees `ab`. A part that could reach into another prefix is
 * refused here, whatever routing let through.
 *
 * @see kubernetes/apiserver pkg/registry/generic/registry/store.go, NamespaceKeyFunc; spec kubernetes-wire §23.1
 */
import { badRequestError } from '@mayfly/api/meta/v1/status-error';

export const REGISTRY_PREFIX = '/registry/';

export interface KeyLayout {
  /** @throws StatusError BadRequest when the namespace or name is missing or not one path segment */
  key(namespace: string, name: string): string;
  /** The collection's prefix; an empty namespace means all of them. */
  prefix(namespace: string): string;
}

/** @param path below `/registry/`, without slashes around it */
export function keyLayout(path: string, namespaced: boolean): KeyLayout {
  const root = `${REGISTRY_PREFIX}${path}/`;
  const prefix = namespaced
    ? (namespace: string) => (namespace === '' ? root : `${root}${segment('Namespace', namespace)}/`)
    : () => root;
  const key = namespaced
    ? (namespace: string, name: string) => `${root}${segment('Namespace', namespace)}/${segment('Name', name)}`
    : (_namespace: string, name: string) => root + segment('Name', name);
  return { key, prefix };
}

function segment(what: string, value: string): string {
  if (value === '') throw badRequestError(`${what} parameter required.`);
  if (value.includes('/') || value.includes('\0') || value === '.' || value === '..')
    throw badRequestError(`${what} parameter invalid: must be one path segment`);
  return value;
}
