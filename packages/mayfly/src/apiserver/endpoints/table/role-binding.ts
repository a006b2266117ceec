/** RoleBinding and ClusterRoleBinding: which role, and with `-o wide` whose it is. */
import type { Binding, Subject } from '@mayfly/api/rbac/v1/bindings';
import { type Column, NAME_COLUMN, type TableSpec } from './column.ts';
import { AGE_COLUMN } from './duration.ts';

export const ROLE_BINDING_TABLE: TableSpec<Binding> = {
  columns: [
    NAME_COLUMN,
    {
      name: 'Role',
      description: 'Kind and name of the role that is granted.',
      cell: ({ roleRef }) => `${roleRef.kind}/${roleRef.name}`,
    },
    AGE_COLUMN,
    subjects('Users', 'User', ({ name }) => name),
    subjects('Groups', 'Group', ({ name }) => name),
    subjects('ServiceAccounts', 'ServiceAccount', ({ namespace = '', name }) => `${namespace}/${name}`),
  ],
};

function subjects(name: string, kind: string, print: (subject: Subject) => string): Column<Binding> {
  return {
    name,
    description: `${name} in the binding.`,
    priority: 1,
    cell: (binding) =>
      (binding.subjects ?? [])
        .filter((subject) => subject.kind === kind)
        .map(print)
        .join(', '),
  };
}
