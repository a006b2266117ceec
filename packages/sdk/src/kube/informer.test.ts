import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KubernetesObject } from '@mayfly/api/meta/v1/object-meta';
import { StatusError } from '@mayfly/api/meta/v1/status-error';
import type { KubeClient, KubeWatchEvent, ListOptions, WatchOptions } from './client.ts';
import { startInformer } from './informer.ts';

const RESOURCE = { group: '', version: 'v1', resource: 'configmaps' };
const object = (name: string, resourceVersion: string): KubernetesObject => ({ metadata: { name, resourceVersion } });
const event = (type: KubeWatchEvent<KubernetesObject>['type'], name: string, version: string) => ({
  type,
  object: object(name, version),
});

/** What the server does, step by step: a list, the events of one watch, or a failure of either. */
type Step =
  | { list: readonly KubernetesObject[]; version: string; next?: string }
  | { watch: readonly KubeWatchEvent<KubernetesObject>[]; thenFail?: Error }
  | { fail: Error };

/** Runs an informer through the steps; the last sleep stops it. */
async function run(steps: readonly Step[]) {
  const told: string[] = [];
  const asked: string[] = [];
  const delays: number[] = [];
  const left = [...steps];
  const { promise: over, resolve: finish } = Promise.withResolvers<void>();
  const next = () => {
    const step = left.shift();
    if (step !== undefined && 'fail' in step) throw step.fail;
    return step;
  };
  const client = {
    async list(_: unknown, options: ListOptions = {}) {
      asked.push(`list ${options.continue ?? ''}`.trim());
      const step = next();
      assert(step && 'list' in step, `unexpected list, wanted ${JSON.stringify(step)}`);
      const metadata = { resourceVersion: step.version, ...(step.next === undefined ? {} : { continue: step.next }) };
      return { kind: 'List', apiVersion: 'v1', metadata, items: [...step.list] };
    },
    async *watch(_: unknown, options: WatchOptions = {}) {
      asked.push(`watch ${options.resourceVersion}`);
      const step = next();
      assert(step && 'watch' in step, `unexpected watch, wanted ${JSON.stringify(step)}`);
      yield* step.watch;
      if (step.thenFail !== undefined) throw step.thenFail;
    },
  };
  const informer = startInformer({
    client: client as Pick<KubeClient, 'list' | 'watch'>,
    resource: RESOURCE,
    handler: {
      changed: ({ metadata }) => void told.push(`${metadata?.name}@${metadata?.resourceVersion}`),
      deleted: ({ metadata }) => void told.push(`-${metadata?.name}`),
      synced: () => void told.push('synced'),
    },
    sleep: async (delayMs) => {
      delays.push(delayMs);
      if (left.length > 0) return;
      finish();
      await new Promise(() => undefined); // held until the test is over
    },
  });
  await over;
  return { told, asked, delays, informer };
}

const expired = new StatusError('Expired', 'too old');
const born = (uid: string, version: string): KubernetesObject => ({
  metadata: { name: 'a', uid, resourceVersion: version },
});

for (const { name, steps, told, asked } of [
  {
    name: 'lists page by page, then watches from the list',
    steps: [
      { list: [object('a', '1')], version: '5', next: 'c' },
      { list: [object('b', '2')], version: '5' },
      { watch: [event('ADDED', 'c', '6'), event('MODIFIED', 'a', '7'), event('DELETED', 'b', '8')] },
    ],
    told: ['a@1', 'b@2', 'synced', 'c@6', 'a@7', '-b'],
    asked: ['list', 'list c', 'watch 5'],
  },
  {
    name: 'resumes a watch that ended from the last version seen, bookmarks included',
    steps: [
      { list: [], version: '5' },
      { watch: [event('ADDED', 'a', '6')] },
      { watch: [event('BOOKMARK', '', '9')] },
      { watch: [] },
    ],
    told: ['synced', 'a@6'],
    asked: ['list', 'watch 5', 'watch 6', 'watch 9'],
  },
  {
    name: 'resumes after a broken connection without listing again',
    steps: [
      { list: [], version: '5' },
      { watch: [event('ADDED', 'a', '6')], thenFail: new Error('reset') },
      { watch: [] },
    ],
    told: ['synced', 'a@6'],
    asked: ['list', 'watch 5', 'watch 6'],
  },
  {
    name: 'tells that an object is gone when another of its name has come meanwhile',
    steps: [
      { list: [born('1', '1')], version: '5' },
      { watch: [], thenFail: expired },
      { list: [born('2', '8')], version: '9' },
      { watch: [] },
    ],
    told: ['a@1', 'synced', '-a', 'a@8'],
    asked: ['list', 'watch 5', 'list', 'watch 9'],
  },
  {
    name: 'lists again when its version is forgotten, and tells what vanished, changed and stayed',
    steps: [
      { list: [object('a', '1'), object('b', '2'), object('c', '3')], version: '5' },
      { watch: [], thenFail: expired },
      { list: [object('a', '1'), object('c', '9'), object('d', '8')], version: '9' },
      { watch: [] },
    ],
    told: ['a@1', 'b@2', 'c@3', 'synced', '-b', 'c@9', 'd@8'],
    asked: ['list', 'watch 5', 'list', 'watch 9'],
  },
  {
    name: 'lists again after a failed list',
    steps: [{ fail: new Error('refused') }, { list: [], version: '5' }, { watch: [] }],
    told: ['synced'],
    asked: ['list', 'list', 'watch 5'],
  },
] as { name: string; steps: Step[]; told: string[]; asked: string[] }[])
  test(`an informer ${name}`, async () => {
    const seen = await run(steps);
    assert.deepEqual(seen.told, told);
    assert.deepEqual(seen.asked, asked);
    assert.equal(seen.informer.isSynced(), true);
  });

test('an informer waits longer after each failure, and never hurries back to a server that ends every watch', async () => {
  const fail = new Error('refused');
  const { delays } = await run([
    { fail },
    { fail },
    { fail },
    { list: [], version: '1' },
    { watch: [] },
    { watch: [] },
  ]);
  assert.deepEqual(delays, [400, 800, 1600, 200, 200]);
});

test('an informer keeps the objects it was told of', async () => {
  const { informer } = await run([
    { list: [object('a', '1'), object('b', '1')], version: '1' },
    { watch: [event('DELETED', 'a', '2')] },
  ]);
  assert.equal(informer.get('', 'a'), undefined);
  assert.deepEqual(informer.list(), [object('b', '1')]);
});
