import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { ClientHttp2Stream } from 'node:http2';
import { describe, type TestContext, test } from 'node:test';
import { StatusError } from '@mayfly/api/meta/v1/status-error';
import { configMap, FakeEventStream, fakeConfigMaps } from '../../filters/fake-resource.ts';
import { startServer } from '../../filters/fixture.ts';
import type { WatchOptions } from '../../registry/rest.ts';

const WATCH = '/api/v1/namespaces/default/configmaps?watch=true';

async function serverWith(t: TestContext, watch: (options: WatchOptions) => Promise<FakeEventStream>) {
  const server = await startServer({ resources: [fakeConfigMaps({ watch: (_context, options) => watch(options) })] });
  t.after(() => server.close());
  return server;
}

async function open(t: TestContext, query = '', accept = 'application/json') {
  const stream = new FakeEventStream();
  let options: WatchOptions | undefined;
  const server = await serverWith(t, async (given) => {
    options = given;
    return stream;
  });
  const answer = server.session().request({ ':path': WATCH + query, authorization: 'Bearer admin', accept });
  const [headers] = await once(answer, 'response');
  return { server, stream, answer, headers, options: options as WatchOptions };
}

async function nextLine(answer: ClientHttp2Stream) {
  const [chunk] = await once(answer, 'data');
  return JSON.parse(String(chunk));
}

async function rest(answer: ClientHttp2Stream): Promise<string> {
  let text = '';
  for await (const chunk of answer) text += String(chunk);
  return text;
}

describe('watch', () => {
  test('row 74: headers come before any event', async (t) => {
    const { headers } = await open(t);
    assert.equal(headers[':status'], 200);
    assert.equal(headers['content-type'], 'application/json');
    assert.equal(headers['content-encoding'], undefined);
  });

  test('each event is a line of its own, as soon as it is there', async (t) => {
    const { stream, answer } = await open(t);
    stream.push({ type: 'ADDED', object: configMap('a') });
    assert.deepEqual(await nextLine(answer), { type: 'ADDED', object: configMap('a') });
    stream.push({ type: 'DELETED', object: configMap('a', '2') });
    assert.equal((await nextLine(answer)).object.metadata.resourceVersion, '2');
  });

  test('row 80: the end of the stream is no error', async (t) => {
    const { stream, answer } = await open(t);
    stream.end();
    assert.equal(await rest(answer), '');
  });

  test('a client that goes away ends the watch in the registry', async (t) => {
    const { server, stream, answer } = await open(t);
    answer.close();
    while (!stream.cancelled) await new Promise((resolve) => setImmediate(resolve));
    assert.equal(server.handler.watches(), 0);
  });

  test('a server that goes down ends every watch cleanly, and later ones at once', async (t) => {
    const { server, answer } = await open(t);
    server.handler.endWatches();
    assert.equal(await rest(answer), '');
    const late = server.session().request({ ':path': WATCH, authorization: 'Bearer admin' });
    assert.equal(await rest(late), '');
  });

  for (const { reason, code } of [
    { reason: 'Expired' as const, code: 410 },
    { reason: 'Timeout' as const, code: 504 },
  ]) {
    test(`row 81: a version out of reach (${code}) is one ERROR event under 200`, async (t) => {
      const server = await serverWith(t, () =>
        Promise.reject(new StatusError(reason, 'too old resource version: 1 (2)')),
      );
      const answer = server.session().request({ ':path': WATCH, authorization: 'Bearer admin' });
      const [headers] = await once(answer, 'response');
      assert.equal(headers[':status'], 200);
      const event = JSON.parse(await rest(answer));
      assert.equal(event.type, 'ERROR');
      assert.equal(event.object.code, code);
    });
  }

  test('rows 78, 88: another refusal is a refusal', async (t) => {
    const server = await serverWith(t, () => Promise.reject(new StatusError('Invalid', 'no')));
    assert.equal((await server.request(WATCH)).code, 422);
  });

  test('a failure on the way is told as an ERROR event without its reason', async (t) => {
    const failing = Object.assign(new FakeEventStream(), {
      [Symbol.asyncIterator]: () => ({ next: () => Promise.reject(new Error('secret')) }),
    });
    const server = await serverWith(t, async () => failing);
    const { code, text } = await server.request(WATCH);
    assert.equal(code, 200);
    assert.match(text, /"type":"ERROR".*"code":500/);
    assert.doesNotMatch(text, /secret/);
  });

  for (const { query, want } of [
    { query: '&timeoutSeconds=3', want: { timeoutMs: 3000 } },
    { query: '&allowWatchBookmarks=true', want: { allowBookmarks: true } },
    { query: '', want: { allowBookmarks: false, sendInitialEvents: undefined, resourceVersion: '' } },
    {
      query: '&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&resourceVersion=5',
      want: { sendInitialEvents: true, resourceVersionMatch: 'NotOlderThan', resourceVersion: '5' },
    },
  ]) {
    test(`row 77: options of ${WATCH}${query}`, async (t) => {
      const { options } = await open(t, query);
      for (const [name, value] of Object.entries(want)) assert.equal(options[name as keyof WatchOptions], value);
    });
  }

  test('without timeoutSeconds a watch lasts half an hour to an hour', async (t) => {
    const { options } = await open(t);
    assert.ok(options.timeoutMs >= 1_800_000 && options.timeoutMs < 3_600_000);
  });

  test('row 84: a Table has its columns in the first event only, a bookmark has a row too', async (t) => {
    const { stream, answer } = await open(t, '', 'application/json;as=Table;v=v1;g=meta.k8s.io');
    stream.push({ type: 'ADDED', object: configMap('a') });
    const first = await nextLine(answer);
    assert.equal(first.object.columnDefinitions.length, 3);
    assert.equal(first.object.rows.length, 1);
    stream.push({
      type: 'BOOKMARK',
      object: { kind: 'ConfigMap', apiVersion: 'v1', metadata: { resourceVersion: '9' } },
    });
    const second = await nextLine(answer);
    assert.equal(second.object.columnDefinitions, null);
    assert.equal(second.object.rows[0].object.metadata.resourceVersion, '9');
  });

  test('row 94: metadata alone', async (t) => {
    const { stream, answer } = await open(t, '', 'application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io');
    stream.push({ type: 'MODIFIED', object: configMap('a') });
    const { object } = await nextLine(answer);
    assert.equal(object.kind, 'PartialObjectMetadata');
    assert.equal(object.data, undefined);
  });

  test('row 85: what a reader does not take is not fetched', async (t) => {
    const stream = new FakeEventStream();
    let fetched = 0;
    const large = configMap('a', '1', { a: 'x'.repeat(1024 * 1024) });
    const endless = Object.assign(stream, {
      [Symbol.asyncIterator]: () => ({
        async next() {
          fetched++;
          if (stream.cancelled) return { done: true as const, value: undefined };
          return { done: false as const, value: [{ type: 'MODIFIED' as const, object: large }] };
        },
      }),
    });
    const server = await serverWith(t, async () => endless);
    const answer = server.session().request({ ':path': WATCH, authorization: 'Bearer admin' });
    await once(answer, 'response'); // and read nothing
    let before = -1;
    for (let i = 0; i < 50 && before !== fetched; i++) {
      before = fetched;
      await new Promise((resolve) => setImmediate(resolve));
    }
    assert.ok(fetched < 20, `${fetched} batches of a MiB were buffered`);
    answer.close();
  });
});
