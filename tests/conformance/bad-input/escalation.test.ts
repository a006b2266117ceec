/** Somebody who may write roles and bindings gives nobody more than it has itself, on the assembled server. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type Mayfly, startMayfly } from 'mayfly/testing';
import { Wire } from './wire.ts';

let mayfly: Mayfly;
let wire: Wire;
let token: string;

const RBAC = '/apis/rbac.authorization.k8s.io/v1';
const ROLES = `${RBAC}/namespaces/default/roles`;
const BINDINGS = `${RBAC}/namespaces/default/rolebindings`;
const rbac = (resources: string[]): object => ({
  apiGroups: ['rbac.authorization.k8s.io'],
  resources,
  verbs: ['create', 'update', 'patch', 'get'],
});

before(async () => {
  mayfly = await startMayfly();
  wire = new Wire(mayfly);
  token = await mayfly.issueToken('default', 'writer');
  const rules = [rbac(['roles', 'rolebindings']), { apiGroups: [''], resources: ['configmaps'], verbs: ['get'] }];
  await create(ROLES, { metadata: { name: 'writer' }, rules }, 201);
  const subjects = [{ kind: 'ServiceAccount', name: 'writer', namespace: 'default' }];
  await create(BINDINGS, { metadata: { name: 'writer' }, subjects, roleRef: role('Role', 'writer') }, 201);
});
after(async () => {
  wire.close();
  await mayfly.close();
});

const role = (kind: string, name: string): object => ({ apiGroup: 'rbac.authorization.k8s.io', kind, name });

async function create(path: string, body: unknown, want: number, by?: string): Promise<string> {
  const credential = by === undefined ? {} : { token: by };
  const { code, text } = await wire.send({ method: 'POST', path, type: 'application/json', body, ...credential });
  assert.equal(code, want, text);
  return text;
}

for (const { name, path, body, want } of [
  {
    name: 'a role of what it has',
    path: ROLES,
    body: { metadata: { name: 'less' }, rules: [{ apiGroups: [''], resources: ['configmaps'], verbs: ['get'] }] },
    want: 201,
  },
  {
    name: 'a role of more',
    path: ROLES,
    body: { metadata: { name: 'more' }, rules: [{ apiGroups: [''], resources: ['secrets'], verbs: ['get'] }] },
    want: 403,
  },
  {
    name: 'a role of everything',
    path: ROLES,
    body: { metadata: { name: 'all' }, rules: [{ apiGroups: ['*'], resources: ['*'], verbs: ['*'] }] },
    want: 403,
  },
  {
    name: 'a binding to cluster-admin',
    path: BINDINGS,
    body: { metadata: { name: 'b' }, subjects: [], roleRef: role('ClusterRole', 'cluster-admin') },
    want: 403,
  },
  {
    name: 'a binding to its own role',
    path: BINDINGS,
    body: { metadata: { name: 'c' }, subjects: [], roleRef: role('Role', 'writer') },
    want: 201,
  },
]) {
  test(`${want === 201 ? 'grants' : 'refuses'} ${name}`, async () => {
    const revision = await wire.revision();
    await create(path, body, want, token);
    assert.equal((await wire.revision()) === revision, want === 403);
  });
}

test('refuses a patch of its own role to more', async () => {
  const revision = await wire.revision();
  const body = { rules: [{ apiGroups: ['*'], resources: ['*'], verbs: ['*'] }] };
  const { code } = await wire.send({
    method: 'PATCH',
    path: `${ROLES}/writer`,
    type: 'application/merge-patch+json',
    body,
    token,
  });
  assert.equal(code, 403);
  assert.equal(await wire.revision(), revision);
});
