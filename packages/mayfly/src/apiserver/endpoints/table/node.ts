/** Node: whether it is ready, what it is for, where it is. */
import type { Node, NodeSystemInfo } from '@mayfly/api/core/v1/node';
import { type Column, NAME_COLUMN, type TableSpec } from './column.ts';
import { AGE_COLUMN, UNKNOWN } from './duration.ts';

const NONE = '<none>';
const ROLE_PREFIX = 'node-role.kubernetes.io/';
const ROLE_LABEL = 'kubernetes.io/role';

export const NODE_TABLE: TableSpec<Node> = {
  columns: [
    NAME_COLUMN,
    { name: 'Status', description: 'Readiness, and whether new pods are refused.', cell: status },
    {
      name: 'Roles',
      description: 'From the labels node-role.kubernetes.io/<role> and kubernetes.io/role.',
      cell: roles,
    },
    AGE_COLUMN,
    {
      name: 'Version',
      description: 'Version of the node agent.',
      cell: (node) => node.status?.nodeInfo?.kubeletVersion ?? '',
    },
    address('Internal-IP', 'InternalIP'),
    address('External-IP', 'ExternalIP'),
    info('OS-Image', 'osImage'),
    info('Kernel-Version', 'kernelVersion'),
    info('Container-Runtime', 'containerRuntimeVersion'),
  ],
};

function status({ spec, status: { conditions = [] } = {} }: Node): string {
  const ready = conditions.find(({ type }) => type === 'Ready');
  const readiness = ready ? (ready.status === 'True' ? 'Ready' : 'NotReady') : 'Unknown';
  return spec?.unschedulable ? `${readiness},SchedulingDisabled` : readiness;
}

function roles({ metadata }: Node): string {
  const found = Object.entries(metadata?.labels ?? {}).flatMap(([key, value]) => {
    if (key.startsWith(ROLE_PREFIX) && key.length > ROLE_PREFIX.length) return [key.slice(ROLE_PREFIX.length)];
    return key === ROLE_LABEL && value !== '' ? [value] : [];
  });
  return [...new Set(found)].toSorted().join(',') || NONE;
}

function address(name: string, type: string): Column<Node> {
  const cell = (node: Node): string => node.status?.addresses?.find((entry) => entry.type === type)?.address ?? NONE;
  return { name, description: `First address of type ${type}.`, priority: 1, cell };
}

function info(name: string, key: keyof NodeSystemInfo): Column<Node> {
  const cell = (node: Node): string => node.status?.nodeInfo?.[key] || UNKNOWN;
  return { name, description: `As the node reports it (${key}).`, priority: 1, cell };
}
