import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KubernetesObject } from '@mayfly/api/meta/v1/object-meta';
import { StatusError } from '@mayfly/api/meta/v1/status-error';
import type { UserInfo } from '@mayfly/api/user/user';
import { alwaysDenyAuthorizer } from '../../authorization/always.ts';
import { newAuthorizer } from '../../authorization/order.ts';
import { BOOTSTRAP_POLICY } from '../../authorization/rbac/bootstrap-policy/policy.ts';
import type { ClusterRole, PolicyRule, Role } from '../../authorization/rbac/policy.ts';
import { PolicyIndex } from '../../authorization/rbac/policy-index.ts';
import { RBACAuthorizer } from '../../authorization/rbac/rbac-authorizer.ts';
import { parseRequestInfo } from '../../requestinfo/parse.ts';
import type { RequestContext, ResourceStorage } from '../rest.ts';
import { guardRBACWrites } from './escalation.ts';

const GROUP = 'rbac.authorization.k8s.io';
const alice: UserInfo = { name: 'alice', uid: '', groups: ['dev', 'system:authenticated'], extra: {} };
const root: UserInfo = { name: 'root', uid: '', groups: ['system:masters'], extra: {} };
const on = (verbs: string[], resources: string[], more: Partial<PolicyRule> = {}): PolicyRule => ({
  verbs,
  apiGroups: [''],
  resources,
  ...more,
});
const onRBAC = (verbs: string[], resources: string[], more: Partial<PolicyRule> = {}) =>
  on(verbs, resources, { apiGroups: [GROUP], ...more });
const everything: PolicyRule[] = [
  { verbs: ['*'], apiGroups: ['*'], resources: ['*'] },
  { verbs: ['*'], nonResourceURLs: ['*'] },
];

interface Attempt {
  readonly resource: string;
  readonly object: KubernetesObject & Record<string, unknown>;
  readonly user?: UserInfo;
  /** Undefined: a create. */
  readonly old?: KubernetesObject & Record<string, unknown>;
  readonly namespace?: string;
}

/** A server in which alice holds `held`, in namespace ns1 or (with `cluster`) everywhere. */
function server(held: readonly PolicyRule[], cluster = false) {
  const index = new PolicyIndex();
  index.replace(BOOTSTRAP_POLICY);
  const subjects = [{ kind: 'User', name: 'alice' }];
  index.set('ClusterRole', { metadata: { name: 'held' }, rules: held });
  const roleRef = { apiGroup: GROUP, kind: 'ClusterRole', name: 'held' };
  if (cluster) index.set('ClusterRoleBinding', { metadata: { name: 'b' }, roleRef, subjects });
  else index.set('RoleBinding', { metadata: { name: 'b', namespace: 'ns1' }, roleRef, subjects });
  const rbac = new RBACAuthorizer(index);
  const find = (name: string) => BOOTSTRAP_POLICY.clusterRoles.find(({ metadata }) => metadata?.name === name);
  const roles = {
    clusterRole: (name: string): Promise<ClusterRole | undefined> => Promise.resolve(find(name)),
    role: (): Promise<Role | undefined> => Promise.resolve(undefined),
  };
  return { authorizer: newAuthorizer({ modes: ['RBAC'], rbac }), rbac, roles };
}

/** @returns the refusal's code and message; undefined when the write went through */
async function attempt(deps: ReturnType<typeof server>, { resource, object, user = alice, old, namespace }: Attempt) {
  const namespaced = resource === 'roles' || resource === 'rolebindings';
  const space = namespaced ? (namespace ?? 'ns1') : '';
  const name = object.metadata?.name ?? '';
  const base = `/apis/${GROUP}/v1/${namespaced ? `namespaces/${space}/` : ''}${resource}`;
  const requestInfo = old ? parseRequestInfo('PUT', `${base}/${name}`) : parseRequestInfo('POST', base);
  const context = { user, requestInfo, namespace: space } as RequestContext;
  let written = false;
  const storage: ResourceStorage = {
    definition: { resource } as ResourceStorage['definition'],
    create(_context, created) {
      written = true;
      return Promise.resolve(created);
    },
    async update(_context, _name, transform) {
      const result = await transform(old);
      written = true;
      return { object: result, created: false };
    },
  };
  const guarded = guardRBACWrites(storage, deps);
  const validate = () => Promise.resolve();
  try {
    if (old) await guarded.update?.(context, name, () => Promise.resolve(object), { dryRun: false, validate });
    else await guarded.create?.(context, object, { dryRun: false, validate });
  } catch (error) {
    if (!(error instanceof StatusError)) throw error;
    assert.equal(written, false, 'refused, yet written');
    return { code: error.code, message: error.message };
  }
  assert.equal(written, true);
  return undefined;
}

const role = (...rules: PolicyRule[]) => ({ metadata: { name: 'r', namespace: 'ns1' }, rules });
const clusterRole = (...rules: PolicyRule[]) => ({ metadata: { name: 'r' }, rules });
const aggregating = { clusterRoleSelectors: [{ matchLabels: { a: 'b' } }] };
const binding = (name: string, kind = 'ClusterRole', apiGroup = GROUP) => ({
  metadata: { name: 'b', namespace: 'ns1' },
  roleRef: { apiGroup, kind, name },
  subjects: [],
});
const SECRETS = on(['get', 'list'], ['secrets']);
const why = (resource: string, name: string) =>
  `${resource}.${GROUP} "${name}" is forbidden: user "alice" (groups=["dev" "system:authenticated"]) is attempting to grant RBAC permissions not currently held:\n`;

const ROWS: readonly ({
  row: string;
  held: PolicyRule[];
  cluster?: boolean;
  want: number | undefined;
  message?: string;
} & Attempt)[] = [
  { row: '66', held: [SECRETS], resource: 'roles', object: role(on(['get'], ['secrets'])), want: undefined },
  {
    row: '67',
    held: [SECRETS],
    resource: 'roles',
    object: role(on(['get', 'delete'], ['secrets'])),
    want: 403,
    message: `${why('roles', 'r')}{APIGroups:[""], Resources:["secrets"], Verbs:["delete"]}`,
  },
  {
    row: '67: rights in ns1 are none in ns2',
    held: [SECRETS],
    resource: 'roles',
    namespace: 'ns2',
    object: role(SECRETS),
    want: 403,
  },
  { row: '67: nor cluster-wide', held: [SECRETS], resource: 'clusterroles', object: clusterRole(SECRETS), want: 403 },
  { row: '67: by root', held: [], user: root, resource: 'roles', object: role(...everything), want: undefined },
  {
    row: '67: on update',
    held: [SECRETS],
    resource: 'roles',
    old: role(),
    object: role(on(['delete'], ['secrets'])),
    want: 403,
  },
  {
    row: '67: the name of the group in the user name',
    held: [],
    user: { ...alice, name: 'system:masters' },
    resource: 'roles',
    object: role(SECRETS),
    want: 403,
  },
  {
    row: '73',
    held: [onRBAC(['escalate'], ['clusterroles'])],
    cluster: true,
    resource: 'clusterroles',
    object: clusterRole(...everything),
    want: undefined,
  },
  {
    row: '73: escalate on roles is none on clusterroles',
    held: [onRBAC(['escalate'], ['roles'])],
    cluster: true,
    resource: 'clusterroles',
    object: clusterRole(SECRETS),
    want: 403,
  },
  {
    row: '74: POST',
    held: [onRBAC(['escalate'], ['clusterroles'], { resourceNames: ['r'] })],
    cluster: true,
    resource: 'clusterroles',
    object: clusterRole(SECRETS),
    want: 403,
  },
  {
    row: '74: PUT',
    held: [onRBAC(['escalate'], ['clusterroles'], { resourceNames: ['r'] })],
    cluster: true,
    resource: 'clusterroles',
    old: clusterRole(),
    object: clusterRole(SECRETS),
    want: undefined,
  },
  {
    row: '75',
    held: [],
    resource: 'clusterroles',
    object: { ...clusterRole(), aggregationRule: aggregating },
    want: 403,
    message: `clusterroles.${GROUP} "r" is forbidden: must have cluster-admin privileges to use the aggregationRule`,
  },
  {
    row: '75: the old one counts too',
    held: [],
    resource: 'clusterroles',
    old: { ...clusterRole(), aggregationRule: aggregating },
    object: clusterRole(),
    want: 403,
  },
  {
    row: '75: with all rights',
    held: everything,
    cluster: true,
    resource: 'clusterroles',
    object: { ...clusterRole(), aggregationRule: aggregating },
    want: undefined,
  },
  {
    row: '76',
    held: [],
    resource: 'clusterroles',
    old: { ...clusterRole(...everything), metadata: { name: 'r', finalizers: ['f'] } },
    object: clusterRole(...everything),
    want: undefined,
  },
  {
    row: '76: and a label too',
    held: [],
    resource: 'clusterroles',
    old: { ...clusterRole(...everything), metadata: { name: 'r', finalizers: ['f'] } },
    object: { ...clusterRole(...everything), metadata: { name: 'r', labels: { a: 'b' } } },
    want: 403,
  },
  {
    row: '77: bind on view',
    held: [onRBAC(['bind'], ['clusterroles'], { resourceNames: ['view'] })],
    resource: 'rolebindings',
    object: binding('view'),
    want: undefined,
  },
  {
    row: '77: without apiGroup',
    held: [onRBAC(['bind'], ['clusterroles'], { resourceNames: ['view'] })],
    resource: 'rolebindings',
    object: binding('view', 'ClusterRole', ''),
    want: undefined,
  },
  {
    row: '77: is none on edit',
    held: [onRBAC(['bind'], ['clusterroles'], { resourceNames: ['view'] })],
    resource: 'rolebindings',
    object: binding('edit'),
    want: 403,
  },
  {
    row: '77: bind on roles is none on clusterroles',
    held: [onRBAC(['bind'], ['roles'])],
    resource: 'rolebindings',
    object: binding('view'),
    want: 403,
  },
  {
    row: '77: bind in ns1 is none in ns2',
    held: [onRBAC(['bind'], ['clusterroles'])],
    resource: 'rolebindings',
    namespace: 'ns2',
    object: binding('view'),
    want: 403,
  },
  {
    row: '77: nor cluster-wide',
    held: [onRBAC(['bind'], ['clusterroles'])],
    resource: 'clusterrolebindings',
    object: binding('view'),
    want: 403,
  },
  {
    row: '77: what is held may be bound',
    held: [on(['get', 'list', 'watch'], ['endpoints', 'services'])],
    resource: 'rolebindings',
    object: binding('system:kube-dns'),
    want: undefined,
  },
  {
    row: '78',
    held: [],
    resource: 'rolebindings',
    object: binding('x'),
    want: 404,
    message: `clusterroles.${GROUP} "x" not found`,
  },
  {
    row: '78: a Role',
    held: [],
    resource: 'rolebindings',
    object: binding('x', 'Role'),
    want: 404,
    message: `roles.${GROUP} "x" not found`,
  },
  {
    row: '78: with bind',
    held: [onRBAC(['bind'], ['clusterroles'])],
    resource: 'rolebindings',
    object: binding('x'),
    want: undefined,
  },
  { row: '78: an unknown kind', held: [], resource: 'rolebindings', object: binding('x', 'Team'), want: 403 },
  { row: '79', held: [], user: root, resource: 'rolebindings', object: binding('x'), want: undefined },
  {
    row: '88: admin of ns1 binds edit',
    held: [...(BOOTSTRAP_POLICY.clusterRoles.find(({ metadata }) => metadata?.name === 'admin')?.rules ?? [])],
    resource: 'rolebindings',
    object: binding('edit'),
    want: undefined,
  },
  {
    row: '88: but not cluster-admin',
    held: [...(BOOTSTRAP_POLICY.clusterRoles.find(({ metadata }) => metadata?.name === 'admin')?.rules ?? [])],
    resource: 'rolebindings',
    object: binding('cluster-admin'),
    want: 403,
  },
  {
    row: 'binding update: new subjects need the rights',
    held: [],
    resource: 'rolebindings',
    old: binding('view'),
    object: { ...binding('view'), subjects: [{ kind: 'User', name: 'alice' }] },
    want: 403,
  },
  {
    row: 'binding update: owners only',
    held: [],
    resource: 'rolebindings',
    old: binding('view'),
    object: { ...binding('view'), metadata: { ...binding('view').metadata, ownerReferences: [] } },
    want: undefined,
  },
];

for (const { row, held, cluster = false, want, message, ...what } of ROWS) {
  test(`guardRBACWrites row ${row}`, async () => {
    const refusal = await attempt(server(held, cluster), what);
    assert.equal(refusal?.code, want, refusal?.message ?? 'written');
    if (message !== undefined) assert.equal(refusal?.message, message);
  });
}

test('row 75: the selectors of a role may gather anything, so all rights must be held, URLs too', async () => {
  for (const { rules, code } of [
    { rules: everything, code: undefined },
    { rules: everything.slice(0, 1), code: 403 },
    { rules: everything.slice(1), code: 403 },
  ]) {
    const deps = {
      ...server([]),
      authorizer: alwaysDenyAuthorizer,
      rbac: { heldRules: () => ({ rules, errors: [] }) },
    };
    const object = { ...clusterRole(), aggregationRule: aggregating };
    const refusal = await attempt(deps as unknown as ReturnType<typeof server>, { resource: 'clusterroles', object });
    assert.equal(refusal?.code, code);
  }
});

test('unresolved rules of the caller are named', async () => {
  const deps = server([]);
  const rbac = { heldRules: () => ({ rules: [], errors: ['a', 'b'] }) };
  const unresolved = { ...deps, rbac } as unknown as typeof deps;
  const refusal = await attempt(unresolved, {
    resource: 'roles',
    object: role(SECRETS),
  });
  assert.match(refusal?.message ?? '', /; resolution errors: \[\[a, b\]\]$/);
});

test('a storage of another kind is not taken: it would go unguarded', () => {
  const storage = { definition: { resource: 'pods' } } as ResourceStorage;
  assert.throws(() => guardRBACWrites(storage, server([])), TypeError);
});
