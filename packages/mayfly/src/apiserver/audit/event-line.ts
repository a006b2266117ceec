/**
 * An event as one line of JSON, in Kubernetes' field order.
 *
 * Assembled by hand: it runs once a request, and most of a line is the same from one request to the next. The parts of a
 * user are kept per user object, which the token cache hands out again and again.
 */
import type { UserInfo } from '@mayfly/api/user/user';
import type { AuditEvent, ObjectReference, ResponseStatus } from './event.ts';

const quote = JSON.stringify as (text: string) => string;

/** @returns the event with a final newline */
export function eventLine(event: AuditEvent): string {
  return (
    `{"kind":"Event","apiVersion":"audit.k8s.io/v1","level":"${event.level}","auditID":${quote(event.auditID)}` +
    `,"stage":"${event.stage}","requestURI":${quote(event.requestURI)},"verb":${quote(event.verb)}` +
    `,"user":${event.user === undefined ? '{}' : userJSON(event.user)}` +
    (event.impersonatedUser === undefined ? '' : `,"impersonatedUser":${userJSON(event.impersonatedUser)}`) +
    (event.sourceIPs.length === 0 ? '' : `,"sourceIPs":${JSON.stringify(event.sourceIPs)}`) +
    (event.userAgent === '' ? '' : `,"userAgent":${quote(event.userAgent)}`) +
    (event.objectRef === undefined ? '' : `,"objectRef":${objectRefJSON(event.objectRef)}`) +
    (event.responseStatus === undefined ? '' : `,"responseStatus":${responseStatusJSON(event.responseStatus)}`) +
    `,"requestReceivedTimestamp":"${timestamp(event.requestReceivedMicros)}"` +
    `,"stageTimestamp":"${timestamp(event.stageMicros)}"` +
    `${annotationsJSON(event.annotations)}}\n`
  );
}

const users = new WeakMap<UserInfo, string>();

function userJSON(user: UserInfo): string {
  let json = users.get(user);
  if (json === undefined) {
    json = buildUserJSON(user);
    users.set(user, json);
  }
  return json;
}

function buildUserJSON({ name, uid, groups, extra }: UserInfo): string {
  return JSON.stringify({
    ...(name === '' ? {} : { username: name }),
    ...(uid === '' ? {} : { uid }),
    ...(groups.length === 0 ? {} : { groups }),
    ...(Object.keys(extra).length === 0 ? {} : { extra }),
  });
}

function objectRefJSON(ref: ObjectReference): string {
  const fields =
    field('resource', ref.resource) +
    field('namespace', ref.namespace) +
    field('name', ref.name) +
    field('uid', ref.uid) +
    field('apiGroup', ref.apiGroup) +
    field('apiVersion', ref.apiVersion) +
    field('resourceVersion', ref.resourceVersion) +
    field('subresource', ref.subresource);
  return `{${fields.slice(1)}}`;
}

function field(name: string, value: string | undefined): string {
  return value === undefined || value === '' ? '' : `,"${name}":${quote(value)}`;
}

function responseStatusJSON({ status, message, reason, details, code }: ResponseStatus): string {
  return (
    `{"metadata":{}${field('status', status)}${field('message', message)}${field('reason', reason)}` +
    `${details === undefined ? '' : `,"details":${JSON.stringify(details)}`},"code":${code}}`
  );
}

function annotationsJSON(annotations: ReadonlyMap<string, string>): string {
  if (annotations.size === 0) return '';
  let fields = '';
  let last = '';
  for (const [key, value] of annotations) {
    if (key < last) return annotationsJSON(new Map([...annotations].sort(([a], [b]) => (a < b ? -1 : 1))));
    fields += `${fields === '' ? '' : ','}"${key}":${quote(value)}`;
    last = key;
  }
  return `,"annotations":{${fields}}`;
}

let lastSecond = Number.NaN;
let lastPrefix = '';

/** RFC 3339 with microseconds, UTC. Most calls fall into the second of the one before. */
function timestamp(micros: number): string {
  const second = Math.floor(micros / 1_000_000);
  if (second !== lastSecond) {
    lastSecond = second;
    lastPrefix = new Date(second * 1000).toISOString().slice(0, 20);
  }
  return `${lastPrefix}${String(micros - second * 1_000_000).padStart(6, '0')}Z`;
}
