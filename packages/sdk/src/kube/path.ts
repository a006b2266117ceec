/** Where things are served. @see spec kubernetes-wire §1 */

/** Where a kind is served. The core group is the empty string; `resource` is the plural. */
export interface Resource {
  readonly group: string;
  readonly version: string;
  readonly resource: string;
}

/** Without a name: the collection. An empty namespace: cluster-scoped, or all namespaces. */
export interface Target {
  readonly namespace?: string;
  readonly name?: string;
  readonly subresource?: string;
}

export type Query = Readonly<Record<string, string | number | boolean | undefined>>;

export function resourcePath({ group, version, resource }: Resource, target: Target): string {
  const { namespace = '', name = '', subresource = '' } = target;
  const root = group === '' ? ['api', version] : ['apis', group, version];
  const place = namespace === '' ? [] : ['namespaces', namespace];
  const object = name === '' ? [] : [name, ...(subresource === '' ? [] : [subresource])];
  return `/${[...root, ...place, resource, ...object].map(encodeURIComponent).join('/')}`;
}

/** Absent and empty values are left out. */
export function withQuery(path: string, query: Query): string {
  const parameters = new URLSearchParams();
  for (const [key, value] of Object.entries(query))
    if (value !== undefined && value !== '') parameters.set(key, String(value));
  return parameters.size === 0 ? path : `${path}?${parameters.toString()}`;
}
