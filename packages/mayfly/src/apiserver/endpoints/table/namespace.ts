/** Namespace. */
import type { Namespace } from '@mayfly/api/core/v1/namespace';
import { NAME_COLUMN, type TableSpec } from './column.ts';
import { AGE_COLUMN } from './duration.ts';

export const NAMESPACE_TABLE: TableSpec<Namespace> = {
  columns: [
    NAME_COLUMN,
    {
      name: 'Status',
      description: 'Active, or Terminating while its content is being deleted.',
      cell: ({ status }) => status?.phase ?? '',
    },
    AGE_COLUMN,
  ],
};
