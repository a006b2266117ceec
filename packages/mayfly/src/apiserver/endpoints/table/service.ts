/** Service: the heading only matters, since the list is always empty. */
import type { Service, ServicePort } from '@mayfly/api/core/v1/service';
import { NAME_COLUMN, type TableSpec } from './column.ts';
import { AGE_COLUMN } from './duration.ts';

const NONE = '<none>';

export const SERVICE_TABLE: TableSpec<Service> = {
  columns: [
    NAME_COLUMN,
    { name: 'Type', description: 'How the service is exposed.', cell: ({ spec }) => spec?.type ?? 'ClusterIP' },
    { name: 'Cluster-IP', description: 'Address inside the cluster.', cell: ({ spec }) => spec?.clusterIP || NONE },
    { name: 'External-IP', description: 'Addresses outside the cluster.', cell: externalIP },
    { name: 'Port(s)', description: 'Ports and protocols.', cell: ({ spec }) => ports(spec?.ports ?? []) || NONE },
    AGE_COLUMN,
    {
      name: 'Selector',
      description: 'Labels of the pods behind the service.',
      priority: 1,
      cell: ({ spec }) => pairs(spec?.selector ?? {}) || NONE,
    },
  ],
};

function externalIP({ spec, status }: Service): string {
  if (spec?.type === 'ExternalName') return spec.externalName ?? '';
  const ingress = (status?.loadBalancer?.ingress ?? []).map(({ ip, hostname }) => ip ?? hostname ?? '');
  const addresses = [...ingress, ...(spec?.externalIPs ?? [])].join(',');
  return addresses || (spec?.type === 'LoadBalancer' ? '<pending>' : NONE);
}

function ports(list: readonly ServicePort[]): string {
  return list
    .map(({ port, nodePort, protocol = 'TCP' }) => `${port}${nodePort ? `:${nodePort}` : ''}/${protocol}`)
    .join(',');
}

function pairs(selector: Readonly<Record<string, string>>): string {
  return Object.entries(selector)
    .map(([key, value]) => `${key}=${value}`)
    .toSorted()
    .join(',');
}
