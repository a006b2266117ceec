/**
 * `mayfly token stale`: who would break if the grace period ended, by workload and program.
 *
 * A program is listed when one of its tokens was used after it should have been renewed. What nobody has used here leaves no
 * evidence, so silence comes with the day since when it means something.
 */
import type { IssuedToken } from '@mayfly/api/identity/v1alpha1/issued-token';
import { formatTime } from '@mayfly/api/meta/v1/time';
import { humanDuration } from '../apiserver/endpoints/table/duration.ts';
import { systemClock } from '../clock/clock.ts';
import { productOf } from '../metrics/user-agent.ts';
import { kubeconfigPath, readKubeconfig, type ServerAccess } from './kubeconfig.ts';
import type { TokenScopeOptions } from './options.ts';
import { printTable } from './table.ts';
import type { Terminal } from './terminal.ts';
import { anyToken, type LedgerQuery, queryTokens, scopeQuery } from './token-query.ts';

/** One program of one workload, over all its tokens. */
export interface StaleClient {
  readonly namespace: string;
  readonly serviceAccount: string;
  /** `Deployment/web`; `-` for tokens that are not bound to a pod. */
  readonly workload: string;
  /** `OpenAPI-Generator/29.0`. */
  readonly client: string;
  readonly uses: number;
  readonly firstSeen: string;
  readonly lastSeen: string;
  readonly nodes: readonly string[];
  readonly sourceIPs: readonly string[];
  /** Who had the tokens reviewed, where they were not used here. */
  readonly reviewedBy: readonly string[];
  readonly tokens: readonly string[];
}

export async function listStale(options: TokenScopeOptions, terminal: Terminal): Promise<void> {
  const scope = scopeQuery(options);
  const access = await readKubeconfig(kubeconfigPath(options));
  const nowMs = systemClock.nowMs();
  const stale = groupByClient(await queryTokens(access, withField(scope, 'status.stale', 'true')));
  const watchingSince = await oldestExtendedDay(access, scope, nowMs);
  if (options.output === 'json')
    return terminal.out(`${JSON.stringify({ watchingSince: watchingSince ?? null, stale }, null, 2)}\n`);
  if (stale.length === 0) return terminal.out(nothingText(watchingSince));
  printTable(
    terminal,
    [
      'namespace',
      'service account',
      'workload',
      'client',
      'nodes',
      'addresses',
      'tokens',
      'uses',
      'first',
      'last seen',
    ],
    stale.map((each) => row(each, nowMs)),
  );
  terminal.out(`\nThese would break if the grace period ended. Watching since ${watchingSince ?? 'today'}.\n`);
}

function nothingText(since: string | undefined): string {
  if (since === undefined) return 'Nothing would break: no token has a grace period.\n';
  return `Nothing would break: no token was used here after it should have been renewed. Watching since ${since}.\n`;
}

/** Rows of one workload and program become one. Latest seen first. */
export function groupByClient(tokens: readonly IssuedToken[]): readonly StaleClient[] {
  const groups = Map.groupBy(
    tokens.filter(({ status }) => status?.stale !== undefined),
    ({ metadata, spec, status }) =>
      JSON.stringify([
        metadata?.namespace ?? '',
        spec.serviceAccountName,
        spec.workload === undefined ? '-' : `${spec.workload.kind}/${spec.workload.name}`,
        productOf(status?.stale?.userAgent ?? ''),
      ]),
  );
  return [...groups]
    .map(([key, members]) => clientOf(key, members))
    .sort((a, b) => (a.lastSeen < b.lastSeen ? 1 : a.lastSeen > b.lastSeen ? -1 : 0));
}

function clientOf(key: string, members: readonly IssuedToken[]): StaleClient {
  const [namespace = '', serviceAccount = '', workload = '', client = ''] = JSON.parse(key) as string[];
  const evidence = members.flatMap(({ status }) => status?.stale ?? []);
  return {
    namespace,
    serviceAccount,
    workload,
    client,
    uses: evidence.reduce((sum, { count }) => sum + count, 0),
    firstSeen: evidence.map(({ firstSeen }) => firstSeen).sort(byText)[0] ?? '',
    lastSeen:
      evidence
        .map(({ lastSeen }) => lastSeen)
        .sort(byText)
        .at(-1) ?? '',
    nodes: distinct(members.map(({ spec }) => spec.nodeName)),
    sourceIPs: distinct(evidence.map(({ sourceIP }) => sourceIP)),
    reviewedBy: distinct(evidence.map(({ reviewedBy }) => reviewedBy)),
    tokens: distinct(members.map(({ metadata }) => metadata?.name)),
  };
}

function distinct(texts: readonly (string | undefined)[]): readonly string[] {
  return [...new Set(texts.filter((text) => text !== undefined && text !== ''))].sort(byText) as string[];
}

function byText(a: string | undefined = '', b: string | undefined = ''): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function row(each: StaleClient, nowMs: number): readonly string[] {
  const ago = (time: string): string => `${humanDuration(nowMs - Date.parse(time))} ago`;
  return [
    each.namespace,
    each.serviceAccount,
    each.workload,
    each.reviewedBy.length === 0 ? each.client : `reviewed by ${some(each.reviewedBy)}`,
    some(each.nodes),
    some(each.sourceIPs),
    String(each.tokens.length),
    String(each.uses),
    ago(each.firstSeen),
    ago(each.lastSeen),
  ];
}

/** A cell has room for two. */
function some(texts: readonly string[]): string {
  if (texts.length === 0) return '-';
  return texts.length <= 2 ? texts.join(',') : `${texts.slice(0, 2).join(',')},+${texts.length - 2}`;
}

const DAY_MS = 86_400_000;
/** No extended token lives longer. */
const MAX_DAYS = 366;

/**
 * The day (UTC) on which the oldest extended token that still lives was issued: a use of any of them would have been seen
 * from then on. Found by halving, so that the answer for a hundred thousand tokens costs ten small questions.
 */
async function oldestExtendedDay(access: ServerAccess, scope: LedgerQuery, nowMs: number): Promise<string | undefined> {
  const extended = withField(scope, 'extended', 'true');
  if (!(await anyToken(access, extended))) return undefined;
  const tomorrow = Math.floor(nowMs / DAY_MS) + 1;
  let [none, some] = [tomorrow - MAX_DAYS - 1, tomorrow]; // issued before that day: none, some
  while (some - none > 1) {
    const day = (none + some) >> 1;
    const hasOlder = await anyToken(access, withField(extended, 'issuedBefore', formatTime(day * DAY_MS)));
    if (hasOlder) some = day;
    else none = day;
  }
  return formatTime(none * DAY_MS).slice(0, 10);
}

function withField({ namespace, fields }: LedgerQuery, field: string, value: string): LedgerQuery {
  return { namespace, fields: [...fields, [field, value]] };
}
