/** ServiceAccount. */
import type { ServiceAccount } from '@mayfly/api/core/v1/service-account';
import { NAME_COLUMN, type TableSpec } from './column.ts';
import { AGE_COLUMN } from './duration.ts';

export const SERVICE_ACCOUNT_TABLE: TableSpec<ServiceAccount> = {
  columns: [
    NAME_COLUMN,
    {
      name: 'Secrets',
      description: 'Number of secrets the account names; bound tokens need none.',
      cell: ({ secrets = [] }) => secrets.length,
    },
    AGE_COLUMN,
  ],
};
