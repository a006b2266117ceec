/** Any kind without columns of its own. @see kubernetes/apiserver pkg/registry/rest/table.go */
import type { KubernetesObject } from '@mayfly/api/meta/v1/object-meta';
import { type Column, NAME_COLUMN, type TableSpec } from './column.ts';

/** RFC 3339, for kinds whose age says little. */
export const CREATED_AT_COLUMN: Column<KubernetesObject> = {
  name: 'Created At',
  type: 'date',
  description:
    'CreationTimestamp is a timestamp representing the server time when this object was created. It is not guaranteed to be set in happens-before order across separate operations. Clients may not set this value. It is represented in RFC3339 form and is in UTC.',
  cell: ({ metadata }) => metadata?.creationTimestamp ?? null,
};

export const DEFAULT_TABLE: TableSpec<KubernetesObject> = { columns: [NAME_COLUMN, CREATED_AT_COLUMN] };
