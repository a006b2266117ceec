/** Lease. */
import type { Lease } from '@mayfly/api/coordination/v1/lease';
import { NAME_COLUMN, type TableSpec } from './column.ts';
import { AGE_COLUMN } from './duration.ts';

export const LEASE_TABLE: TableSpec<Lease> = {
  columns: [
    NAME_COLUMN,
    { name: 'Holder', description: 'Who holds the lease.', cell: ({ spec }) => spec?.holderIdentity ?? '' },
    AGE_COLUMN,
  ],
};
