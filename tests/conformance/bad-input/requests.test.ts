/**
 * Broken requests from somebody who may do everything: each is refused with the Status a stock API server gives, and
 * nothing is written.
 *
 * @see spec kubernetes-wire §3, §6.2, §7, §11, §13, §15, §17
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type Mayfly, startMayfly } from 'mayfly/testing';
import { rows } from './requests.ts';
import { statusOf, Wire } from './wire.ts';

let mayfly: Mayfly;
let wire: Wire;

before(async () => {
  mayfly = await startMayfly();
  wire = new Wire(mayfly);
  for (const [path, body] of Object.entries(PRESENT)) {
    const { code, text } = await wire.send({ method: 'POST', path, type: 'application/json', body });
    assert.equal(code, 201, text);
  }
});
after(async () => {
  wire.close();
  await mayfly.close();
});

const PRESENT = {
  '/api/v1/namespaces': { metadata: { name: 'ns1' } },
  '/api/v1/namespaces/ns1/configmaps': { metadata: { name: 'there', labels: { a: 'b' } }, data: { k: 'v' } },
  '/api/v1/namespaces/ns1/serviceaccounts': { metadata: { name: 'app' } },
  '/apis/coordination.k8s.io/v1/namespaces/ns1/leases': { metadata: { name: 'lease' } },
};

for (const [subject, table] of Object.entries(rows)) {
  describe(subject, () => {
    for (const { name, code, reason, message, ...request } of table) {
      test(name, async () => {
        const revision = await wire.revision();
        const answer = await wire.send({ type: 'application/json', ...request });
        const status = statusOf(answer);
        const shown = answer.text.slice(0, 600);
        assert.equal(answer.code, code, shown);
        assert.equal(status.code, code, shown);
        assert.equal(status.reason, reason, shown);
        if (typeof message === 'string') assert.equal(status.message, message);
        else assert.match(status.message ?? '', message, shown);
        assert.equal(await wire.revision(), revision, 'something was written');
      });
    }
  });
}

test('a good request still passes after all of them', async () => {
  const { code, text } = await wire.send({ path: '/api/v1/namespaces/ns1/configmaps/there' });
  assert.equal(code, 200);
  assert.deepEqual(JSON.parse(text).data, { k: 'v' });
});
