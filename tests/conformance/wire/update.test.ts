import assert from 'node:assert/strict';
import { fieldsAtFault, newSuite, refusal } from './suite.ts';

const { row } = newSuite();

const configMap = (name: string, metadata: object = {}, data: object = { a: '1' }) => ({
  metadata: { name, ...metadata },
  data,
});

row(44, 'an update that names an older version is a conflict', async ({ made, put }) => {
  const { metadata } = await made('configmaps', configMap('a'));
  const { resourceVersion } = metadata;
  assert.equal((await put('configmaps', 'a', configMap('a', { resourceVersion }, { a: '2' }))).code, 200);
  const answer = await put('configmaps', 'a', configMap('a', { resourceVersion }, { a: '3' }));
  assert.deepEqual(refusal(answer), [
    409,
    'Conflict',
    'Operation cannot be fulfilled on configmaps "a": the object has been modified; please apply your changes to the latest version and try again',
  ]);
  assert.deepEqual(answer.body.details, { name: 'a', kind: 'configmaps' });
});

row(44, 'an update that names a version to come is a conflict too', async ({ made, put }) => {
  await made('configmaps', configMap('a'));
  assert.equal((await put('configmaps', 'a', configMap('a', { resourceVersion: '999999' }))).code, 409);
});

row(44, 'a version that is no number is refused', async ({ made, put }) => {
  await made('configmaps', configMap('a'));
  const answer = await put('configmaps', 'a', configMap('a', { resourceVersion: 'x' }));
  assert.equal(answer.code >= 400 && answer.code < 500, true, answer.text);
});

row(45, 'without a version a configmap is updated and a lease is not', async ({ made, put }) => {
  await made('configmaps', configMap('a'));
  assert.equal((await put('configmaps', 'a', configMap('a', {}, { a: '2' }))).code, 200);
  await made('leases', { metadata: { name: 'l' }, spec: {} });
  const answer = await put('leases', 'l', { metadata: { name: 'l' }, spec: { holderIdentity: 'x' } });
  assert.deepEqual(fieldsAtFault(answer), [422, 'metadata.resourceVersion']);
  assert.match(answer.body.message, /metadata\.resourceVersion: Invalid value: \S+: must be specified for an update/);
});

row(46, 'an update of another object of that name is a conflict', async ({ made, put }) => {
  const { metadata } = await made('configmaps', configMap('a'));
  const answer = await put('configmaps', 'a', configMap('a', { uid: 'other' }));
  assert.deepEqual(refusal(answer).slice(0, 2), [409, 'Conflict']);
  assert.match(answer.body.message, new RegExp(`UID in precondition: other, UID in object meta: ${metadata.uid}`));
});

row(47, 'an update that changes nothing writes nothing', async ({ made, put, watch }) => {
  const { metadata } = await made('configmaps', configMap('a'));
  const stream = await watch('configmaps', `&resourceVersion=${metadata.resourceVersion}`);
  const same = await put('configmaps', 'a', configMap('a'));
  assert.deepEqual([same.code, same.body.metadata.resourceVersion], [200, metadata.resourceVersion]);
  await put('configmaps', 'a', configMap('a', {}, { a: '2' }));
  assert.deepEqual((await stream.next()).object.data, { a: '2' });
  stream.cancel();
});

row(48, 'fifty patches of distinct keys at once all land', async ({ made, patch, get }) => {
  await made('configmaps', configMap('a', {}, {}));
  const keys = Array.from({ length: 50 }, (_, i) => `k${i}`);
  const answers = await Promise.all(keys.map((key) => patch('configmaps', 'a', { data: { [key]: '1' } })));
  assert.deepEqual([...new Set(answers.map(({ code }) => code))], [200]);
  const { body } = await get('configmaps', 'a');
  assert.deepEqual(Object.keys(body.data).sort(), keys.sort());
});

row(49, 'of fifty updates from one version one wins', async ({ made, put }) => {
  const { resourceVersion } = (await made('configmaps', configMap('a'))).metadata;
  const answers = await Promise.all(
    Array.from({ length: 50 }, (_, i) => put('configmaps', 'a', configMap('a', { resourceVersion }, { a: `x${i}` }))),
  );
  const codes = answers.map(({ code }) => code).sort((a, b) => a - b);
  assert.deepEqual(codes, [200, ...Array.from({ length: 49 }, () => 409)]);
});

row(50, 'a patch that carries an older version is a conflict', async ({ made, patch }) => {
  const { resourceVersion } = (await made('configmaps', configMap('a'))).metadata;
  await patch('configmaps', 'a', { data: { a: '2' } });
  const answer = await patch('configmaps', 'a?dryRun=All', { metadata: { resourceVersion }, data: { a: '3' } });
  assert.deepEqual(refusal(answer).slice(0, 2), [409, 'Conflict']);
});

row(51, 'a role may be made by an update, a configmap not', async ({ put }) => {
  const role = await put('roles', 'r', { metadata: { name: 'r' }, rules: [] });
  assert.equal(role.code, 201, role.text);
  assert.match(role.body.metadata.uid, /^[0-9a-f-]{36}$/);
  assert.deepEqual(refusal(await put('configmaps', 'a', configMap('a'))), [
    404,
    'NotFound',
    'configmaps "a" not found',
  ]);
});

row(52, 'a patch of what is not there is a 404', async ({ patch }) => {
  for (const type of ['merge', 'json', 'strategic-merge']) {
    const answer = await patch('configmaps', 'a', type === 'json' ? [] : {}, type);
    assert.deepEqual(refusal(answer), [404, 'NotFound', 'configmaps "a" not found']);
  }
});

row(130, 'a client that writes dates with milliseconds changes nothing', async ({ made, put }) => {
  const { metadata } = await made('configmaps', configMap('a'));
  const creationTimestamp = String(metadata.creationTimestamp).replace('Z', '.000Z');
  const { code, body } = await put('configmaps', 'a', configMap('a', { ...metadata, creationTimestamp }));
  assert.equal(code, 200);
  assert.equal(body.metadata.creationTimestamp, metadata.creationTimestamp);
  assert.equal(body.metadata.resourceVersion, metadata.resourceVersion);
});

row(131, 'two that race for a lease with its version never hold it both', async ({ made, get, put }) => {
  await made('leases', { metadata: { name: 'l' }, spec: { leaseTransitions: 0, leaseDurationSeconds: 15 } });
  let wins = 0;
  const race = async (holderIdentity: string): Promise<void> => {
    for (let round = 0; round < 30; round++) {
      const { body } = await get('leases', 'l');
      const { leaseTransitions } = body.spec as { leaseTransitions: number };
      const spec = { holderIdentity, leaseDurationSeconds: 15, leaseTransitions: leaseTransitions + 1 };
      const { code } = await put('leases', 'l', { metadata: body.metadata, spec });
      assert.ok(code === 200 || code === 409);
      if (code === 200) wins++;
    }
  };
  await Promise.all([race('a'), race('b')]);
  const { body } = await get('leases', 'l');
  assert.equal((body.spec as { leaseTransitions: number }).leaseTransitions, wins);
  assert.ok(wins >= 30);
});
