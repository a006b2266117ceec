/** A trace as people read it: one part after another, each with the sentence that says what it means. */
import type { IssuedToken } from '@mayfly/api/identity/v1alpha1/issued-token';
import type { PolicyRule } from '@mayfly/api/rbac/v1/rules';
import { humanDuration } from '../../apiserver/endpoints/table/duration.ts';
import { printable, tableText } from '../table.ts';
import { isPowerful, type Reach } from './access.ts';
import type { AuditReport, AuditRequest } from './audit-report.ts';
import type { BoundState } from './bound-objects.ts';
import type { ChainLink } from './chain.ts';
import type { Trace } from './trace.ts';

/** Ends in a newline. */
export function traceText({ row, boundTo, chain, reach, audit }: Trace, nowMs: number): string {
  const parts = [
    factsText(row, boundTo, nowMs),
    chainText(chain, nowMs),
    seenText(row, nowMs),
    reachText(reach),
    auditText(audit, nowMs),
  ];
  return `${parts.join('\n')}`;
}

function ago(time: string, nowMs: number): string {
  return `${humanDuration(nowMs - Date.parse(time))} ago`;
}

function factsText({ metadata, spec, status }: IssuedToken, boundTo: readonly BoundState[], nowMs: number): string {
  const [account, object] = boundTo;
  const dead = boundTo.find(({ state }) => state === 'gone' || state === 'recreated');
  const leftMs = Date.parse(spec.expirationTimestamp) - nowMs;
  const isSure = boundTo.every(({ state }) => state !== 'unknown');
  const good = `good for ${humanDuration(leftMs)} more${isSure ? '' : ', if all it is bound to exists'}`;
  const facts: (readonly [string, string | undefined])[] = [
    ['token', metadata?.name],
    [
      'state',
      dead === undefined ? (leftMs > 0 ? good : 'expired') : `ended: ${dead.kind} ${dead.name} ${stateText(dead)}`,
    ],
    ['account', `${metadata?.namespace}/${spec.serviceAccountName}, which ${stateText(account)}`],
    ['bound to', object && `${object.kind} ${object.name}, which ${stateText(object)}`],
    ['workload', spec.workload && `${spec.workload.kind}/${spec.workload.name}`],
    ['node', spec.nodeName],
    ['audiences', spec.audiences.join(', ')],
    ['issued', `${spec.issuedAt} (${ago(spec.issuedAt, nowMs)}), signed with ${spec.keyID}`],
    ['ends', spec.expirationTimestamp],
    ['renewal due', spec.warnAfterTimestamp],
    ['stale uses', status?.stale && `${status.stale.count}, the last ${ago(status.stale.lastSeen, nowMs)}`],
  ];
  const lines = facts.flatMap(([name, value]) =>
    value === undefined ? [] : `${name.padEnd(13)}${printable(value)}\n`,
  );
  return lines.join('');
}

function stateText(state: BoundState | undefined): string {
  if (state === undefined) return 'is unknown';
  if (state.state === 'exists') return 'exists';
  if (state.state === 'recreated') return 'is another one of that name by now';
  if (state.state === 'unknown') return `could not be looked up (${state.detail})`;
  return `is ${state.state}`;
}

function chainText(chain: readonly ChainLink[], nowMs: number): string {
  const lines = chain.map(({ requestedBy, issuedAt, withToken, ends }, depth) => {
    const { username, credentialID, sourceIP, userAgent } = requestedBy;
    const client = userAgent === '' ? '' : ` with ${userAgent}`;
    const credential =
      withToken === undefined ? ` by ${credentialID ?? 'a credential without id'}` : ` by token ${withToken}`;
    const stop = ends === undefined ? '' : ` (not followed: ${ends})`;
    return `${'  '.repeat(depth + 1)}${printable(`${username} from ${sourceIP}${client}, ${ago(issuedAt, nowMs)},${credential}${stop}`)}\n`;
  });
  return `Asked for by\n${lines.join('')}`;
}

function seenText({ status }: IssuedToken, nowMs: number): string {
  const seen = status?.seen ?? [];
  if (seen.length === 0) return 'Never seen here\n';
  const rows = seen.map(({ sourceIP, userAgent, reviewedBy, firstSeen, lastSeen }) => [
    sourceIP,
    userAgent,
    reviewedBy === undefined ? 'used' : `reviewed by ${reviewedBy}`,
    ago(firstSeen, nowMs),
    ago(lastSeen, nowMs),
  ]);
  return `Seen (to the minute, eight places at most)\n${indented(tableText(['address', 'client', 'how', 'first', 'last'], rows))}`;
}

function reachText({ scopes, gaps }: Reach): string {
  const lines = scopes.flatMap(({ namespace, rules }) => [
    `  ${namespace === '' ? 'everywhere' : `in namespace ${namespace}`}\n`,
    ...rules.map((rule) => `  ${isPowerful(rule) ? '! ' : '  '}${printable(ruleText(rule))}\n`),
  ]);
  const nothing = scopes.length === 0 && gaps.length === 0 ? ['  nothing beyond what every account may\n'] : [];
  const marks = scopes.some(({ rules }) => rules.some(isPowerful)) ? ' (! leads to more)' : '';
  return `May, by RBAC${marks}\n${[...lines, ...nothing, ...gaps.map((gap) => `  ${printable(gap)}\n`)].join('')}`;
}

function ruleText({
  verbs,
  apiGroups = [],
  resources = [],
  resourceNames = [],
  nonResourceURLs = [],
}: PolicyRule): string {
  const what = nonResourceURLs.length > 0 ? nonResourceURLs.join(',') : resources.join(',');
  const groups = apiGroups.filter((group) => group !== '');
  const within = groups.length === 0 ? '' : ` in ${groups.join(',')}`;
  const named = resourceNames.length === 0 ? '' : ` named ${resourceNames.join(',')}`;
  return `${verbs.join(',')}  ${what}${within}${named}`;
}

function auditText(audit: AuditReport, nowMs: number): string {
  const { files, since, problem, requests, groups, others, issued, unreadable, events } = audit;
  if (problem !== undefined) return `Did: ${printable(problem)}; give --audit-log on the server's machine\n`;
  const where = `${files.length} file${files.length === 1 ? '' : 's'}${since === undefined ? '' : `, since ${since}`}`;
  const rows = groups.map(({ verb, resource, outcome, count, first, last }) => [
    verb,
    resource,
    outcome,
    String(count),
    ago(first, nowMs),
    ago(last, nowMs),
  ]);
  const lines = [
    `Did, by the audit log (${printable(where)}): ${requests} request${requests === 1 ? '' : 's'}\n`,
    rows.length === 0 ? '' : indented(tableText(['verb', 'resource', 'outcome', 'count', 'first', 'last'], rows)),
    others === 0 ? '' : `  and ${others} of other kinds\n`,
    issued === undefined ? '' : `  issued by request ${printable(issued.auditID)} at ${printable(issued.time)}\n`,
    unreadable === 0 ? '' : `  ${unreadable} line${unreadable === 1 ? '' : 's'} that name it could not be read\n`,
    events === undefined ? '' : eventsText(events, requests),
  ];
  return lines.join('');
}

function eventsText(events: readonly AuditRequest[], requests: number): string {
  const heading = events.length < requests ? `The last ${events.length} of ${requests} requests` : 'Every request';
  const rows = events.map(({ time, verb, uri, outcome, sourceIP, userAgent }) => [
    time,
    verb,
    outcome,
    sourceIP,
    uri,
    userAgent,
  ]);
  const table = tableText(['time', 'verb', 'outcome', 'address', 'request', 'client'], rows);
  return events.length === 0 ? '' : `\n${heading}\n${indented(table)}`;
}

function indented(text: string): string {
  return text.replaceAll(/^(?=.)/gm, '  ');
}
