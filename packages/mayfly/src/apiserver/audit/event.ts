/**
 * One audit event: what was asked, by whom, and how it ended. Metadata level: no body of a request or response, no header
 * but User-Agent, and no token anywhere.
 *
 * @see kubernetes/apiserver pkg/apis/audit/v1/types.go; spec authorization §14.1, §14.3
 */
import type { StatusDetails } from '@mayfly/api/meta/v1/status-error';
import type { UserInfo } from '@mayfly/api/user/user';
import type { RequestInfo } from '../requestinfo/request-info.ts';

export type AuditLevel = 'None' | 'Metadata' | 'Request' | 'RequestResponse';
export type AuditStage = 'RequestReceived' | 'ResponseStarted' | 'ResponseComplete' | 'Panic';

export interface ObjectReference {
  readonly resource: string;
  readonly namespace: string;
  readonly name: string;
  readonly uid?: string;
  readonly apiGroup: string;
  readonly apiVersion: string;
  readonly resourceVersion?: string;
  readonly subresource: string;
}

/** Of a Status answer its fields, else the code alone. */
export interface ResponseStatus {
  readonly status?: string;
  readonly message?: string;
  readonly reason?: string;
  readonly details?: StatusDetails;
  readonly code: number;
}

export interface AuditEvent {
  readonly level: AuditLevel;
  readonly auditID: string;
  readonly stage: AuditStage;
  /** As sent, with query; tokens in it already masked. */
  readonly requestURI: string;
  readonly verb: string;
  /** Undefined before authentication and for a 401: printed as `{}`. */
  readonly user: UserInfo | undefined;
  readonly impersonatedUser?: UserInfo | undefined;
  readonly sourceIPs: readonly string[];
  readonly userAgent: string;
  readonly objectRef?: ObjectReference | undefined;
  readonly responseStatus?: ResponseStatus | undefined;
  /** Epoch microseconds. */
  readonly requestReceivedMicros: number;
  readonly stageMicros: number;
  readonly annotations: ReadonlyMap<string, string>;
}

const MAX_USER_AGENT_BYTES = 1024;

/** Cuts what a client may fill at will. */
export function auditUserAgent(userAgent: string): string {
  return userAgent.length > MAX_USER_AGENT_BYTES
    ? `${userAgent.slice(0, MAX_USER_AGENT_BYTES)}...TRUNCATED`
    : userAgent;
}

/** Undefined for a non-resource request. */
export function objectReferenceOf(info: RequestInfo): ObjectReference | undefined {
  if (!info.isResourceRequest) return undefined;
  const { resource, namespace, name, apiGroup, apiVersion, subresource } = info;
  return { resource, namespace, name, apiGroup, apiVersion, subresource };
}

const MASK = 'REDACTED';

/** The request URI with the values of `token` and `access_token` masked, so that their presence stays visible. */
export function redactURI(uri: string): string {
  const mark = uri.indexOf('?');
  if (mark < 0 || !/tok|%/i.test(uri)) return uri; // an escape could hide the name of the parameter
  const pairs = uri.slice(mark + 1).split(/([&;])/);
  return uri.slice(0, mark + 1) + pairs.map(redactPair).join('');
}

function redactPair(pair: string): string {
  const equals = pair.indexOf('=');
  if (equals < 0) return pair;
  const key = pair.slice(0, equals);
  return isSecretParameter(key) ? `${key}=${MASK}` : pair;
}

function isSecretParameter(key: string): boolean {
  try {
    const name = decodeURIComponent(key.replaceAll('+', ' ')).trim().toLowerCase();
    return name === 'token' || name === 'access_token';
  } catch {
    return true; // unreadable: mask rather than guess
  }
}
