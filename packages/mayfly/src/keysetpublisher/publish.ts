/**
 * One round of publishing: fetch everything, judge everything, then write what changed. Whatever fails before the first
 * write leaves the directory as it was; a file is replaced whole.
 *
 * Keys are written before what leads to them or was signed with them.
 */
import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { writeFileAtomic } from '../apiserver/server/atomic-file.ts';
import { JWKS_PATH, OPENID_CONFIGURATION_PATH } from '../apiserver/serviceaccount/discovery.ts';
import { STATUS_LISTS_PATH } from '../apiserver/serviceaccount/statuslist/uri.ts';
import {
  maxAgeSeconds,
  type Place,
  publishedConfiguration,
  requirePublicKeys,
  requireStatusList,
  statusListNumbers,
} from './documents.ts';

export interface Answer {
  readonly status: number;
  readonly cacheControl: string | null;
  readonly body: string;
}

export interface PublishOptions {
  /** Asks the server. @throws Error when it cannot be asked */
  readonly get: (path: string, contentType: string) => Promise<Answer>;
  readonly directory: string;
  readonly place: Place;
}

export interface Published {
  /** Paths of files that changed or are new, in the order of writing. */
  readonly written: readonly string[];
  /** Of the key set. Seconds. */
  readonly keysMaxAgeSeconds: number;
  /** The least of all documents: how soon one of them may be another. Seconds. */
  readonly minMaxAgeSeconds: number;
}

interface File {
  readonly path: string;
  readonly content: string;
}

/** @throws Error with what to do; then nothing was written, unless writing itself failed */
export async function publish({ get, directory, place }: PublishOptions): Promise<Published> {
  const fetched = await Promise.all([
    must(get, JWKS_PATH, 'application/jwk-set+json'),
    must(get, OPENID_CONFIGURATION_PATH, 'application/json'),
    fetchStatusLists(get),
  ]);
  const [keys, configuration, lists] = fetched;
  requirePublicKeys(keys.body);
  const files: readonly File[] = [
    { path: JWKS_PATH, content: keys.body },
    { path: OPENID_CONFIGURATION_PATH, content: publishedConfiguration(configuration.body, place) },
    ...lists.files,
  ];
  const written: string[] = [];
  for (const { path, content } of files) if (await writeChanged(join(directory, path), content)) written.push(path);
  await removeEnded(join(directory, STATUS_LISTS_PATH), lists);
  const ages = [keys, configuration, ...lists.answers].map(({ cacheControl }) => maxAgeSeconds(cacheControl));
  return { written, keysMaxAgeSeconds: ages[0] ?? 0, minMaxAgeSeconds: Math.min(...ages) };
}

async function must(get: PublishOptions['get'], path: string, contentType: string): Promise<Answer> {
  const answer = await get(path, contentType);
  if (answer.status === 200) return answer;
  throw new Error(`GET ${path}: HTTP ${answer.status}${HINTS[answer.status] ?? ''}`);
}

const HINTS: Readonly<Record<number, string>> = {
  401: '; the credential of the kubeconfig is refused',
  403: '; bind the cluster role system:service-account-issuer-discovery to whom the kubeconfig names',
  404: '; the server publishes nothing, its log says why: the issuer must be an https URL',
};

interface StatusLists {
  readonly files: readonly File[];
  readonly answers: readonly Answer[];
  /** False: the server has none, and says nothing of those published earlier. */
  readonly isServed: boolean;
}

/** Served by servers that revoke; others answer 404. */
async function fetchStatusLists(get: PublishOptions['get']): Promise<StatusLists> {
  const index = await get(STATUS_LISTS_PATH, 'application/json');
  if (index.status === 404) return { files: [], answers: [], isServed: false };
  const numbers = statusListNumbers((await must(async () => index, STATUS_LISTS_PATH, '')).body);
  const answers = await Promise.all(
    numbers.map((number) => must(get, `${STATUS_LISTS_PATH}/${number}`, 'application/statuslist+jwt')),
  );
  const files = answers.map(({ body }, i) => ({ path: `${STATUS_LISTS_PATH}/${numbers[i]}`, content: body }));
  for (const { content } of files) requireStatusList(content);
  return { files, answers: [index, ...answers], isServed: true };
}

/** A file that is the same stays, with its date: web servers tell caches by it. */
async function writeChanged(path: string, content: string): Promise<boolean> {
  const present = await readFile(path, 'utf8').catch(ifMissing(undefined));
  if (present === content) return false;
  await mkdir(dirname(path), { recursive: true });
  await writeFileAtomic(path, content, 0o644);
  return true;
}

/** Lists go when the last of their tokens has expired. */
async function removeEnded(directory: string, { files, isServed }: StatusLists): Promise<void> {
  if (!isServed) return;
  const served = new Set(files.map(({ path }) => path.slice(STATUS_LISTS_PATH.length + 1)));
  const present = await readdir(directory).catch(ifMissing([]));
  const ended = present.filter((name) => /^\d+$/.test(name) && !served.has(name));
  await Promise.all(ended.map((name) => rm(join(directory, name), { force: true })));
}

function ifMissing<T>(instead: T): (error: NodeJS.ErrnoException) => T {
  return (error) => {
    if (error.code === 'ENOENT') return instead;
    throw error;
  };
}
