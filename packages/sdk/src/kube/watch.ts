/** Reads a watch: one JSON object per line, as long as the server likes. */
import type { KubernetesObject } from '@mayfly/api/meta/v1/object-meta';
import type { Status } from '@mayfly/api/meta/v1/status-error';
import type { FetchResponse } from './fetch.ts';
import { statusRefusal } from './refusal.ts';

export interface KubeWatchEvent<T extends KubernetesObject> {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK';
  readonly object: T;
}

/** No object is larger than its store allows; a longer line is not ours. */
const MAX_LINE_LENGTH = 8 * 1024 * 1024;

/** @throws StatusError that an ERROR event carries; Error on a line that is not an event */
export async function* readWatch<T extends KubernetesObject>(
  response: FetchResponse,
): AsyncGenerator<KubeWatchEvent<T>> {
  for await (const line of linesOf(response.body)) {
    const event = JSON.parse(line) as KubeWatchEvent<T> | { readonly type: 'ERROR'; readonly object: Status };
    if (event.type === 'ERROR') throw statusRefusal(event.object);
    yield event;
  }
}

async function* linesOf(body: AsyncIterable<Uint8Array> | null): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of body ?? []) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    if (rest.length > MAX_LINE_LENGTH) throw new Error(`a watch event is longer than ${MAX_LINE_LENGTH} characters`);
    for (const line of lines) if (line !== '') yield line;
  }
}
