/** Secret: how many keys, never what they hold. */
import type { Secret } from '@mayfly/api/core/v1/secret';
import { NAME_COLUMN, type TableSpec } from './column.ts';
import { AGE_COLUMN } from './duration.ts';

export const SECRET_TABLE: TableSpec<Secret> = {
  columns: [
    NAME_COLUMN,
    { name: 'Type', description: 'What the keys of the secret mean.', cell: ({ type = '' }) => type },
    { name: 'Data', description: 'Number of keys in data.', cell: ({ data = {} }) => Object.keys(data).length },
    AGE_COLUMN,
  ],
};
