/** ConfigMap: how many keys, never what they hold. */
import type { ConfigMap } from '@mayfly/api/core/v1/config-map';
import { NAME_COLUMN, type TableSpec } from './column.ts';
import { AGE_COLUMN } from './duration.ts';

export const CONFIG_MAP_TABLE: TableSpec<ConfigMap> = {
  columns: [
    NAME_COLUMN,
    {
      name: 'Data',
      description: 'Number of keys in data and binaryData.',
      cell: ({ data = {}, binaryData = {} }) => Object.keys(data).length + Object.keys(binaryData).length,
    },
    AGE_COLUMN,
  ],
};
