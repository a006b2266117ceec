/**
 * Tables for people and metadata alone for controllers, made from any object.
 *
 * @see kubernetes/apiserver pkg/endpoints/handlers/response.go; spec kubernetes-wire §14
 */
import type { KubernetesList, KubernetesObject, ListMeta } from '@mayfly/api/meta/v1/object-meta';
import { badRequestError, StatusError } from '@mayfly/api/meta/v1/status-error';
import type { Negotiated } from './negotiation.ts';
import type { Scope } from './scope.ts';

export type IncludeObject = 'None' | 'Metadata' | 'Object';

export interface TransformOptions {
  readonly scope: Scope;
  readonly form: Negotiated;
  readonly include: IncludeObject;
  /** Epoch milliseconds. */
  readonly nowMs: number;
}

/** @throws StatusError 400 */
export function parseIncludeObject(query: URLSearchParams): IncludeObject {
  const value = query.get('includeObject') ?? '';
  if (value === '' || value === 'Metadata') return 'Metadata';
  if (value === 'None' || value === 'Object') return value;
  throw badRequestError(
    `Invalid value: ${JSON.stringify(value)}: must be one of 'None', 'Metadata', or 'Object' for includeObject`,
  );
}

/** @param withColumns false on all but the first event of a watch */
export function transformObject(object: KubernetesObject, options: TransformOptions, withColumns = true): unknown {
  const { form } = options;
  switch (form.as) {
    case 'Table': {
      const resourceVersion = object.metadata?.resourceVersion;
      const metadata = resourceVersion === undefined ? {} : { resourceVersion };
      return table(metadata, [object], options, withColumns);
    }
    case 'PartialObjectMetadata':
      return partial(object, form);
    case 'PartialObjectMetadataList':
      throw notAcceptable('PartialObjectMetadataList', 'is not a list', object);
    case '':
      return object;
  }
}

/** @throws StatusError 406 when one object's form is asked of many */
export function transformList(list: KubernetesList, options: TransformOptions): unknown {
  const { form } = options;
  switch (form.as) {
    case 'Table':
      return table(list.metadata, list.items, options, true);
    case 'PartialObjectMetadataList':
      return {
        kind: 'PartialObjectMetadataList',
        apiVersion: `meta.k8s.io/${form.metaVersion}`,
        metadata: list.metadata,
        items: list.items.map((item) => partial(item, form)),
      };
    case 'PartialObjectMetadata':
      throw notAcceptable('PartialObjectMetadata', 'is a list', list);
    case '':
      return list;
  }
}

function partial(object: KubernetesObject, { metaVersion }: Negotiated): unknown {
  return {
    kind: 'PartialObjectMetadata',
    apiVersion: `meta.k8s.io/${metaVersion}`,
    metadata: object.metadata ?? {},
  };
}

function table(
  metadata: ListMeta,
  objects: readonly KubernetesObject[],
  options: TransformOptions,
  withColumns: boolean,
): unknown {
  const columns = options.scope.table.columns;
  return {
    kind: 'Table',
    apiVersion: `meta.k8s.io/${options.form.metaVersion}`,
    metadata,
    columnDefinitions: withColumns ? columns : null,
    rows: objects.map((object) => row(object, options)),
  };
}

/** A bookmark holds a version and nothing to show: its row has the object alone. */
function row(object: KubernetesObject, { scope, form, include, nowMs }: TransformOptions): unknown {
  const isBookmark = object.metadata?.name === undefined;
  const cells = isBookmark ? scope.table.columns.map(() => null) : scope.table.cells(object, nowMs);
  const conditions = isBookmark ? undefined : scope.table.conditions?.(object);
  return {
    cells,
    ...(conditions === undefined || conditions.length === 0 ? {} : { conditions }),
    ...(include === 'None' ? {} : { object: include === 'Object' ? object : partial(object, form) }),
  };
}

function notAcceptable(wanted: string, what: string, object: { kind?: string }): StatusError {
  const text = `you requested ${wanted}, but the requested object ${what} (${object.kind ?? 'unknown'})`;
  return new StatusError('NotAcceptable', text);
}
