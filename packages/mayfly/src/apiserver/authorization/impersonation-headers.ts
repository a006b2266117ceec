/** Reading the `Impersonate-*` headers: nothing is decided here. @see kubernetes/api authentication/v1/types.go */
import { dns1123Label, dns1123Subdomain } from '@mayfly/api/validation/names';

export interface ImpersonationRequest {
  /** Never empty. */
  readonly user: string;
  /** Empty: not asked for. */
  readonly uid: string;
  readonly groups: readonly string[];
  /** By lower-case key, in order of appearance. */
  readonly extra: ReadonlyMap<string, readonly string[]>;
}

const PREFIX = 'impersonate-';
const EXTRA_PREFIX = 'impersonate-extra-';

/** Cheap enough for every request: looks at header names only. */
export function asksForImpersonation(rawHeaders: readonly string[]): boolean {
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i] ?? '';
    const first = name.charCodeAt(0) | 0x20;
    if (first === 0x69 && name.length > PREFIX.length && name.slice(0, PREFIX.length).toLowerCase() === PREFIX)
      return true;
  }
  return false;
}

interface Draft {
  user: string | undefined;
  uid: string | undefined;
  readonly groups: string[];
  readonly extra: Map<string, string[]>;
}

/** @returns undefined when nothing is asked for; `problem` (for a 400) when what is asked for has no user */
export function parseImpersonation(
  rawHeaders: readonly string[],
): ImpersonationRequest | { readonly problem: string } | undefined {
  if (!asksForImpersonation(rawHeaders)) return undefined;
  const draft: Draft = { user: undefined, uid: undefined, groups: [], extra: new Map() };
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const value = utf8(rawHeaders[i + 1] ?? '');
    const name = (rawHeaders[i] ?? '').toLowerCase();
    if (value === undefined && name.startsWith(PREFIX))
      return { problem: `the value of header "${name}" is not UTF-8` };
    addHeader(draft, name, value ?? '');
  }
  const { user = '', uid = '', groups, extra } = draft;
  if (user !== '') return { user, uid, groups, extra };
  if (uid === '' && groups.length === 0 && extra.size === 0) return undefined;
  return { problem: `requested ${references(uid, groups, extra)} without impersonating a user` };
}

function addHeader(draft: Draft, name: string, value: string): void {
  if (name === 'impersonate-user') draft.user ??= value;
  else if (name === 'impersonate-uid') draft.uid ??= value;
  else if (name === 'impersonate-group') draft.groups.push(value);
  else if (name.startsWith(EXTRA_PREFIX)) {
    const key = unescapeKey(name.slice(EXTRA_PREFIX.length));
    draft.extra.set(key, [...(draft.extra.get(key) ?? []), value]);
  }
}

/** Node.js hands headers over as Latin-1; Kubernetes reads their bytes as UTF-8. Undefined when they are not. */
function utf8(value: string): string | undefined {
  if (!/[\u0080-\u00ff]/.test(value)) return value;
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Buffer.from(value, 'latin1'));
  } catch {
    return undefined;
  }
}

/** A key that does not decode is taken as it stands. */
function unescapeKey(key: string): string {
  try {
    return decodeURIComponent(key);
  } catch {
    return key;
  }
}

/** The list as Go prints object references: kind, namespace, name and four more fields. */
function references(uid: string, groups: readonly string[], extra: ReadonlyMap<string, readonly string[]>): string {
  const list = groups.map((group) => `{Group  ${group}    }`);
  for (const [key, values] of extra)
    for (const value of values) list.push(`{UserExtra  ${value}  authentication.k8s.io/v1  ${key}}`);
  if (uid !== '') list.push(`{UID  ${uid}  authentication.k8s.io/v1  }`);
  return `[${list.join(' ')}]`;
}

const SERVICE_ACCOUNT = /^system:serviceaccount:([^:]*):([^:]*)$/;
/** Namespace and name of a well-formed service account user name; anything else is an ordinary user. */
export function splitServiceAccountName(
  user: string,
): { readonly namespace: string; readonly name: string } | undefined {
  const match = SERVICE_ACCOUNT.exec(user);
  const [, namespace = '', name = ''] = match ?? [];
  const problems = [...dns1123Label(namespace), ...dns1123Subdomain(name)];
  return problems.length === 0 ? { namespace, name } : undefined;
}
