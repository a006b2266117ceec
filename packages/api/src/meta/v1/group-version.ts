/** Names of types (`GroupKind`) and of URL collections (`GroupResource`). The core group is the empty string. */

export interface GroupVersionKind {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
}

export interface GroupVersionResource {
  readonly group: string;
  readonly version: string;
  readonly resource: string;
}

export type GroupKind = Pick<GroupVersionKind, 'group' | 'kind'>;
export type GroupResource = Pick<GroupVersionResource, 'group' | 'resource'>;

/** `v1` for the core group, else `group/version`: the `apiVersion` field. */
export function apiVersionOf({ group, version }: { group: string; version: string }): string {
  return group === '' ? version : `${group}/${version}`;
}

/** Splits an `apiVersion`; more than one `/` leaves the rest in the version, which then matches nothing. */
export function parseAPIVersion(apiVersion: string): { group: string; version: string } {
  const slash = apiVersion.indexOf('/');
  if (slash < 0) return { group: '', version: apiVersion };
  return { group: apiVersion.slice(0, slash), version: apiVersion.slice(slash + 1) };
}

/** `pods`, `roles.rbac.authorization.k8s.io`: the form error texts use. */
export function formatGroupResource({ group, resource }: GroupResource): string {
  return group === '' ? resource : `${resource}.${group}`;
}

/** `Pod`, `Role.rbac.authorization.k8s.io`. */
export function formatGroupKind({ group, kind }: GroupKind): string {
  return group === '' ? kind : `${kind}.${group}`;
}
