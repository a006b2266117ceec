/** Requests to revoke: bad ones, who may, what the audit log says, and how a revocation ends. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { KubernetesObject } from '@mayfly/api/meta/v1/object-meta';
import { type Mayfly, startMayfly } from '../../testing/start.ts';
import { bearer, idOf, REVOCATIONS, revoke, revokeRaw } from './revocation-fixture.ts';

const SECRETS = { group: '', version: 'v1', resource: 'secrets' };

let mayfly: Mayfly;
before(async () => {
  mayfly = await startMayfly();
});
after(() => mayfly.close());

for (const { name, spec, code, message } of [
  {
    name: 'an unknown token',
    spec: { credentialID: '00000000-0000-4000-8000-000000000000' },
    code: 404,
    message: 'issuedtokens.identity.mayfly.dev "00000000-0000-4000-8000-000000000000" not found',
  },
  { name: 'what is no id', spec: { credentialID: '../x' }, code: 422, message: /must be the "jti" of a token/ },
  {
    name: 'an unknown service account',
    spec: { serviceAccount: { namespace: 'default', name: 'nobody' } },
    code: 404,
    message: 'serviceaccounts "nobody" not found',
  },
  { name: 'an unknown pod', spec: { pod: { namespace: 'no', name: 'p' } }, code: 404, message: 'pods "p" not found' },
  { name: 'an unknown node', spec: { node: { name: 'n' } }, code: 404, message: 'nodes "n" not found' },
  {
    name: 'another life of an object',
    spec: { serviceAccount: { namespace: 'default', name: 'default', uid: 'other' } },
    code: 409,
    message: /the UID in the request \(other\) does not match/,
  },
  { name: 'nothing', spec: {}, code: 422, message: /spec: Required value: one of credentialID/ },
  {
    name: 'two things',
    spec: { node: { name: 'n' }, serviceAccount: { namespace: 'default', name: 'default' } },
    code: 422,
    message: /spec.node: Forbidden: may not be specified beside serviceAccount/,
  },
  {
    name: 'tokens of the future',
    spec: { serviceAccount: { namespace: 'default', name: 'default' }, issuedBefore: '2999-01-01T00:00:00Z' },
    code: 422,
    message: /spec.issuedBefore: Invalid value: "2999-01-01T00:00:00Z": must not be in the future/,
  },
  {
    name: 'a reason beyond measure',
    spec: { serviceAccount: { namespace: 'default', name: 'default' }, reason: 'ä'.repeat(513) },
    code: 422,
    message: /spec.reason: Too long: may not be more than 1024 bytes/,
  },
] as const) {
  test(`revoking ${name} is a clear ${code}`, async () => {
    await assert.rejects(revoke(mayfly, spec), (error: { code: number; message: string }) => {
      assert.equal(error.code, code);
      if (typeof message === 'string') assert.equal(error.message, message);
      else assert.match(error.message, message);
      return true;
    });
  });
}

test('a revocation is final: it can be made twice, but not changed and not taken back', async () => {
  const id = idOf(await mayfly.issueToken('default', 'ten'));
  await revoke(mayfly, { credentialID: id });
  const refusal = (code: number) => (error: { code: number }) => error.code === code;
  await assert.rejects(revoke(mayfly, { credentialID: id }), refusal(409));
  await assert.rejects(mayfly.admin.delete(REVOCATIONS, { name: id }), refusal(405));
  await assert.rejects(mayfly.admin.update(REVOCATIONS, { metadata: { name: id } }), refusal(405));
});

test('a manifest may ask for a generated name: that of a single token is its id all the same', async () => {
  const id = idOf(await mayfly.issueToken('default', 'fifteen'));
  const make = (spec: object) =>
    mayfly.admin.create(REVOCATIONS, { metadata: { generateName: 'x-' }, spec } as KubernetesObject);
  assert.equal((await make({ credentialID: id })).metadata?.name, id);
  const account = { serviceAccount: { namespace: 'default', name: 'fifteen' } };
  assert.match((await make(account)).metadata?.name ?? '', /^x-[a-z0-9]{5}$/);
  assert.match((await revoke(mayfly, account)).metadata?.name ?? '', /^[0-9a-f-]{36}$/);
});

test('nobody but a cluster admin may, and the audit log says who, what and why', async () => {
  const token = await mayfly.issueToken('default', 'eleven');
  const spec = { credentialID: idOf(token), reason: 'seen in a paste' };
  await assert.rejects(
    mayfly.client(token).create(REVOCATIONS, { spec } as KubernetesObject),
    (error: { code: number }) => error.code === 403,
  );
  await revoke(mayfly, spec);
  await mayfly.admin.get(REVOCATIONS, { name: spec.credentialID }); // by then the event before it is written
  const event = mayfly.auditEvents.findLast(({ annotations }) => annotations.has('identity.mayfly.dev/revoked'));
  assert.deepEqual([event?.user?.name, event?.responseStatus?.code], ['mayfly-admin', 201]);
  assert.equal(event?.annotations.get('identity.mayfly.dev/revoked'), `token/${spec.credentialID}`);
  assert.equal(event?.annotations.get('identity.mayfly.dev/revocation-reason'), 'seen in a paste');
});

test('tokens in Secrets are named, for they are not ended', async () => {
  await mayfly.issueToken('default', 'twelve');
  const annotations = { 'kubernetes.io/service-account.name': 'twelve' };
  const metadata = { name: 'twelve-token', namespace: 'default', annotations };
  await mayfly.admin.create(SECRETS, { metadata, type: 'kubernetes.io/service-account-token' } as KubernetesObject);
  const response = await revokeRaw(mayfly, { serviceAccount: { namespace: 'default', name: 'twelve' } });
  assert.match(response, /tokens in Secrets are not revoked; to end them delete the Secrets: twelve-token/);
});

test('a dry run ends nothing', async () => {
  const token = await mayfly.issueToken('default', 'thirteen');
  await revokeRaw(mayfly, { credentialID: idOf(token) }, '?dryRun=All');
  assert.equal(await bearer(mayfly, token), 201);
});

test('a revocation goes soon after its last token, and metrics count it until then', async () => {
  const token = await mayfly.issueToken('default', 'fourteen', { expirationSeconds: 600 });
  await revoke(mayfly, { credentialID: idOf(token) });
  const get = () => mayfly.admin.get(REVOCATIONS, { name: idOf(token) });
  mayfly.clock.advance(600_000);
  assert.ok(await get());
  mayfly.clock.advance(3_600_000 + 2 * 300_000);
  await assert.rejects(async () => {
    for (;;) await get(); // the lease ends in its own time
  });
});
