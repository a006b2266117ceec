/**
 * Table answers: what kubectl prints. One file per kind; this one finds the right file.
 *
 * @see kubernetes/kubernetes pkg/printers/internalversion/printers.go; spec kubernetes-wire §14
 */
import { convertor, type TableConvertor } from './column.ts';
import { CONFIG_MAP_TABLE } from './config-map.ts';
import { DEFAULT_TABLE } from './default.ts';
import { EVENT_TABLE } from './event.ts';
import { ISSUED_TOKEN_TABLE } from './issued-token.ts';
import { LEASE_TABLE } from './lease.ts';
import { NAMESPACE_TABLE } from './namespace.ts';
import { NODE_TABLE } from './node.ts';
import { POD_TABLE } from './pod.ts';
import { ROLE_TABLE } from './role.ts';
import { ROLE_BINDING_TABLE } from './role-binding.ts';
import { SECRET_TABLE } from './secret.ts';
import { SERVICE_TABLE } from './service.ts';
import { SERVICE_ACCOUNT_TABLE } from './service-account.ts';
import { SIGNING_KEY_TABLE } from './signing-key.ts';
import { TOKEN_REVOCATION_TABLE } from './token-revocation.ts';

export type { ColumnDefinition, RowCondition, TableConvertor } from './column.ts';

/** By `resource` for the core group, else by `resource.group`. */
const TABLES: ReadonlyMap<string, TableConvertor> = new Map([
  ['configmaps', convertor(CONFIG_MAP_TABLE)],
  ['events', convertor(EVENT_TABLE)],
  ['namespaces', convertor(NAMESPACE_TABLE)],
  ['nodes', convertor(NODE_TABLE)],
  ['pods', convertor(POD_TABLE)],
  ['secrets', convertor(SECRET_TABLE)],
  ['serviceaccounts', convertor(SERVICE_ACCOUNT_TABLE)],
  ['services', convertor(SERVICE_TABLE)],
  ['leases.coordination.k8s.io', convertor(LEASE_TABLE)],
  ['roles.rbac.authorization.k8s.io', convertor(ROLE_TABLE)],
  ['clusterroles.rbac.authorization.k8s.io', convertor(ROLE_TABLE)],
  ['rolebindings.rbac.authorization.k8s.io', convertor(ROLE_BINDING_TABLE)],
  ['clusterrolebindings.rbac.authorization.k8s.io', convertor(ROLE_BINDING_TABLE)],
  ['issuedtokens.identity.mayfly.dev', convertor(ISSUED_TOKEN_TABLE)],
  ['signingkeys.identity.mayfly.dev', convertor(SIGNING_KEY_TABLE)],
  ['tokenrevocations.identity.mayfly.dev', convertor(TOKEN_REVOCATION_TABLE)],
]);

const FALLBACK = convertor(DEFAULT_TABLE);

/** Finds how a resource is printed; one without columns of its own gets Name and Created At. */
export function tableConvertor(group: string, resource: string): TableConvertor {
  return TABLES.get(group === '' ? resource : `${resource}.${group}`) ?? FALLBACK;
}
