import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeJwt } from 'jose';
import { STATUS_LIST_ANNOTATION, type StatusEntries } from './status-entry.ts';
import { bound, newTokenFixture } from './token-fixture.ts';

const entries: StatusEntries = {
  take: async () => 5 * 2 ** 17 + 12,
  uriOf: (list) => `https://iss/lists/${list}`,
};

function withAnnotation(value: string | undefined, statusEntries: StatusEntries | undefined = entries) {
  const fixture = newTokenFixture(statusEntries && { statusEntries });
  const account = bound('S1').metadata;
  const annotations = value === undefined ? {} : { [STATUS_LIST_ANNOTATION]: value };
  fixture.objects.serviceAccounts.set('ns1/app', { metadata: { ...account, name: 'app', annotations } });
  return fixture;
}

for (const { value, want } of [
  { value: undefined, want: undefined },
  { value: 'false', want: undefined },
  { value: 'true', want: { status_list: { idx: 12, uri: 'https://iss/lists/5' } } },
]) {
  test(`a token of an account that says ${value} has the status ${JSON.stringify(want)}`, async () => {
    assert.deepEqual(decodeJwt(await withAnnotation(value).token()).status, want);
  });
}

for (const value of ['', 'True', 'yes', '1', ' true']) {
  test(`no token is issued for an account that says ${JSON.stringify(value)}`, async () => {
    await assert.rejects(withAnnotation(value).token(), {
      reason: 'Forbidden',
      message: `serviceaccounts "app" is forbidden: its annotation identity.mayfly.dev/token-status-list must be "true" or "false", found: "${value}"`,
    });
  });
}

test('nor where the lists cannot be published', async () => {
  const fixture = newTokenFixture();
  const annotations = { [STATUS_LIST_ANNOTATION]: 'true' };
  fixture.objects.serviceAccounts.set('ns1/app', { metadata: { uid: 'S1', name: 'app', annotations } });
  await assert.rejects(fixture.token(), /cannot be honoured: set --service-account-status-list-uri/);
});
