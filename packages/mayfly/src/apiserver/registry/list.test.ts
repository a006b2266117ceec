/** Lists over any store. Numbers are rows of spec kubernetes-wire §25. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DELETE, type Fixture, LIST, labelled, newFixture, refusal, STORES, settle, withField } from './fixture.ts';
import type { ListOptions } from './rest.ts';

const names = (items: readonly { metadata?: { name?: string } }[]) => items.map(({ metadata }) => metadata?.name);

async function fill({ create }: Fixture, count: number, labels?: (i: number) => Record<string, string>): Promise<void> {
  for (let i = 0; i < count; i++) {
    const name = `c${String(i).padStart(4, '0')}`;
    await create('configmaps', { metadata: { name, ...(labels && { labels: labels(i) }) } });
  }
}

for (const { label, openStore } of STORES) {
  const fact = (name: string, run: (fixture: Fixture) => Promise<void>) =>
    test(`${label}: ${name}`, async () => {
      const fixture = newFixture(openStore);
      await run(fixture);
      await fixture.store.close();
    });

  fact('73 answers an empty list with a version', async ({ list }) => {
    const answer = await list('clusterroles');
    assert.deepEqual(
      [answer.kind, answer.apiVersion, answer.items],
      ['ClusterRoleList', 'rbac.authorization.k8s.io/v1', []],
    );
    assert.match(answer.metadata.resourceVersion ?? '', /^\d+$/);
  });

  fact('orders by namespace, then name, and tells no kind per item', async ({ create, list }) => {
    for (const [namespace, name] of [
      ['b', 'x'],
      ['a-1', 'z'],
      ['a', 'z'],
      ['a', 'y'],
    ] as const)
      await create('configmaps', { metadata: { name } }, { namespace });
    const { items } = await list('configmaps', {}, '');
    const places = items.map(({ metadata }) => `${metadata?.namespace}/${metadata?.name}`);
    assert.deepEqual(places, ['a-1/z', 'a/y', 'a/z', 'b/x']);
    assert.equal('kind' in (items[0] ?? {}), false);
    assert.deepEqual(names((await list('configmaps', {}, 'a')).items), ['y', 'z']);
  });

  fact('65 67 pages through one revision, whatever is written meanwhile', async (fixture) => {
    await fill(fixture, 24);
    const first = await fixture.list('configmaps', { limit: 10 });
    assert.equal(first.metadata.remainingItemCount, 14);
    await fixture.create('configmaps', { metadata: { name: 'c0011x' } });
    await fixture.remove('configmaps', 'c0012');
    const second = await fixture.list('configmaps', { limit: 10, continue: first.metadata.continue ?? '' });
    const third = await fixture.list('configmaps', { limit: 10, continue: second.metadata.continue ?? '' });
    assert.deepEqual([second.metadata.remainingItemCount, third.metadata.remainingItemCount], [4, undefined]);
    assert.equal(third.metadata.continue, undefined);
    assert.equal(new Set([first, second, third].map(({ metadata }) => metadata.resourceVersion)).size, 1);
    const all = names([...first.items, ...second.items, ...third.items]);
    assert.deepEqual(
      all,
      Array.from({ length: 24 }, (_, i) => `c${String(i).padStart(4, '0')}`),
    );
  });

  fact('writes the continue token as a stock server does', async (fixture) => {
    await fill(fixture, 3);
    const { metadata } = await fixture.list('configmaps', { limit: 2 }, '');
    const token = Buffer.from(metadata.continue ?? '', 'base64url').toString();
    assert.equal(token, `{"v":"meta.k8s.io/v1","rv":${metadata.resourceVersion},"start":"ns1/c0001\\u0000"}`);
    assert.doesNotMatch(metadata.continue ?? '', /=/);
  });

  fact('66 fills pages with matches and counts no rest under a selector', async (fixture) => {
    await fill(fixture, 30, (i) => ({ third: i % 3 === 0 ? 'yes' : 'no' }));
    const labelSelector = labelled('third', 'yes');
    const first = await fixture.list('configmaps', { limit: 7, labelSelector });
    assert.equal(first.items.length, 7);
    assert.equal(first.metadata.remainingItemCount, undefined);
    const rest = await fixture.list('configmaps', { limit: 7, labelSelector, continue: first.metadata.continue ?? '' });
    assert.deepEqual(
      names([...first.items, ...rest.items]),
      Array.from({ length: 10 }, (_, i) => `c${String(i * 3).padStart(4, '0')}`),
    );
    assert.equal(rest.metadata.continue, undefined);
  });

  fact('68 71 answers 410 after compaction, with a token that works', async (fixture) => {
    await fill(fixture, 6);
    const first = await fixture.list('configmaps', { limit: 4 });
    await fixture.remove('configmaps', 'c0004');
    const { revision } = await fixture.store.range({ key: '/', countOnly: true });
    await fixture.store.compact(revision);
    const error = await refusal(fixture.list('configmaps', { limit: 4, continue: first.metadata.continue ?? '' }));
    assert.deepEqual([error.code, error.reason], [410, 'Expired']);
    assert.match(error.message, /^The provided continue parameter is too old to display a consistent list result\./);
    const rest = await fixture.list('configmaps', { limit: 4, continue: error.continueToken ?? '' });
    assert.deepEqual(names(rest.items), ['c0005']);
    assert.equal(rest.metadata.resourceVersion, String(revision));
    const old = { resourceVersion: first.metadata.resourceVersion ?? '', resourceVersionMatch: 'Exact' as const };
    const expired = await refusal(fixture.list('configmaps', old));
    assert.deepEqual([expired.code, expired.message], [410, 'The resourceVersion for the provided list is too old.']);
  });

  fact('71 shows the state at an exact revision', async (fixture) => {
    await fill(fixture, 2);
    const { metadata } = await fixture.list('configmaps');
    await fixture.remove('configmaps', 'c0000');
    const resourceVersion = metadata.resourceVersion ?? '';
    const exact = await fixture.list('configmaps', { resourceVersion, resourceVersionMatch: 'Exact' });
    assert.deepEqual([names(exact.items), exact.metadata.resourceVersion], [['c0000', 'c0001'], resourceVersion]);
    const limited = await fixture.list('configmaps', { resourceVersion, limit: 5 });
    assert.equal(limited.items.length, 2);
    for (const resourceVersionMatch of ['', 'NotOlderThan'] as const)
      assert.equal((await fixture.list('configmaps', { resourceVersion, resourceVersionMatch })).items.length, 1);
  });

  for (const [what, token] of [
    ['not base64', '%%%'],
    ['not JSON', 'aGVsbG8'],
    ['another version', tokenOf({ v: 'v2', rv: 2, start: 'a\0' })],
    ['no start', tokenOf({ v: 'meta.k8s.io/v1', rv: 2, start: '' })],
    ['revision 0', tokenOf({ v: 'meta.k8s.io/v1', rv: 0, start: 'a\0' })],
    ['a way out', tokenOf({ v: 'meta.k8s.io/v1', rv: 2, start: '../secrets/a' })],
  ] as const)
    fact(`69 refuses a continue token that is ${what}`, async ({ list }) => {
      const error = await refusal(list('configmaps', { continue: token }));
      assert.equal(error.code, 400);
      assert.match(error.message, /^invalid continue token: continue key is not valid/);
    });

  fact('69 refuses a continue token with a version', async ({ list }) => {
    const options = { continue: tokenOf({ v: 'meta.k8s.io/v1', rv: 2, start: 'a\0' }), resourceVersion: '5' };
    assert.equal(
      (await refusal(list('configmaps', options))).message,
      'specifying resource version is not allowed when using continue',
    );
  });

  for (const [what, options] of [
    ['match without a version', { resourceVersionMatch: 'Exact' }],
    ['match with continue', { resourceVersionMatch: 'NotOlderThan', resourceVersion: '0', continue: 'x' }],
    ['an exact zero', { resourceVersionMatch: 'Exact', resourceVersion: '0' }],
    ['an unknown match', { resourceVersionMatch: 'Soon' as 'Exact', resourceVersion: '1' }],
  ] as readonly [string, Partial<ListOptions>][])
    fact(`70 refuses ${what}`, async ({ list }) => {
      const error = await refusal(list('configmaps', options));
      assert.equal(error.code, 422);
      assert.match(error.message, /^ListOptions\.meta\.k8s\.io "" is invalid: resourceVersionMatch: /);
    });

  fact('refuses a version that is no number', async ({ list }) => {
    assert.equal((await refusal(list('configmaps', { resourceVersion: 'abc' }))).code, 400);
  });

  fact('72 waits three seconds for a future version, then gives up', async (fixture) => {
    const answer = refusal(fixture.list('configmaps', { resourceVersion: '1000' }));
    await settle();
    fixture.clock.advance(3_000);
    const error = await answer;
    assert.equal(error.code, 504);
    assert.deepEqual(error.details?.causes?.[0]?.reason, 'ResourceVersionTooLarge');
    assert.match(error.message, /^Timeout: Too large resource version: 1000, current: \d+$/);
  });

  fact('72 answers as soon as a future version has come', async (fixture) => {
    const { revision } = await fixture.store.range({ key: '/', countOnly: true });
    const answer = fixture.list('configmaps', { resourceVersion: String(revision + 1) });
    await settle();
    await fixture.create('configmaps', { metadata: { name: 'a' } });
    assert.deepEqual(names((await answer).items), ['a']);
  });

  fact('91 selects by fields, an absent one being empty', async ({ create, list }) => {
    await create('secrets', { metadata: { name: 'a' }, type: 'x' });
    await create('secrets', { metadata: { name: 'b' } });
    for (const [field, value, want] of [
      ['type', 'Opaque', ['b']],
      ['metadata.name', 'a', ['a']],
      ['metadata.name', 'c', []],
      ['metadata.name', '', []],
      ['metadata.namespace', 'ns1', ['a', 'b']],
    ] as const)
      assert.deepEqual(names((await list('secrets', { fieldSelector: withField(field, value) })).items), want, field);
    await create('events', { metadata: { name: 'e' }, involvedObject: { kind: 'Pod', namespace: 'ns1' } });
    const involved = await list('events', { fieldSelector: withField('involvedObject.kind', 'Pod') });
    assert.deepEqual(names(involved.items), ['e']);
  });

  fact('finds a name in every namespace', async ({ create, list }) => {
    for (const namespace of ['a', 'b']) await create('configmaps', { metadata: { name: 'x' } }, { namespace });
    assert.equal((await list('configmaps', { fieldSelector: withField('metadata.name', 'x') }, '')).items.length, 2);
  });

  fact(
    '64 deletes what a collection delete selects, and answers the list',
    async ({ registry, create, context, list }) => {
      for (const [name, team] of [
        ['a', 'x'],
        ['b', 'y'],
        ['c', 'x'],
      ] as const)
        await create('configmaps', { metadata: { name, labels: { team } } });
      const selected = { ...LIST, labelSelector: labelled('team', 'x') };
      const answer = await registry.resource('configmaps').deleteCollection?.(context('ns1'), DELETE, selected);
      assert.deepEqual([answer?.kind, names(answer?.items ?? [])], ['ConfigMapList', ['a', 'c']]);
      assert.deepEqual(names((await list('configmaps')).items), ['b']);
    },
  );
}

function tokenOf(content: object): string {
  return Buffer.from(JSON.stringify(content)).toString('base64url');
}
