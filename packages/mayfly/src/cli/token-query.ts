/** Questions to the ledger: which rows are meant, and reading them page by page. */
import type { IssuedToken } from '@mayfly/api/identity/v1alpha1/issued-token';
import { formatTime } from '@mayfly/api/meta/v1/time';
import { ConfigError } from '../config/config-error.ts';
import { mustCall } from './api-client.ts';
import { durationFlag } from './duration.ts';
import type { ServerAccess } from './kubeconfig.ts';
import type { TokenListOptions, TokenScopeOptions } from './options.ts';
import { ISSUED_TOKENS_PATH } from './token-ledger.ts';

/** The ledger's rows in a namespace (empty: in all), and the fields they are selected by. */
export interface LedgerQuery {
  readonly namespace: string;
  readonly fields: readonly (readonly [field: string, value: string])[];
}

/** @throws ConfigError when --sa is not NAMESPACE/NAME */
export function scopeQuery({ sa, namespace, allNamespaces }: TokenScopeOptions): LedgerQuery {
  if (sa !== undefined) {
    const [ofNamespace = '', name = '', ...rest] = sa.split('/');
    if (ofNamespace === '' || name === '' || rest.length > 0)
      throw new ConfigError(`--sa must be NAMESPACE/NAME; found "${sa}"`);
    return { namespace: ofNamespace, fields: [['spec.serviceAccountName', name]] };
  }
  return { namespace: allNamespaces === true ? '' : (namespace ?? ''), fields: [] };
}

/** @throws ConfigError on a flag that cannot be read */
export function listQuery(options: TokenListOptions, nowMs: number): LedgerQuery {
  const scope = scopeQuery(options);
  const pod = options.pod === undefined ? undefined : podQuery(options.pod, scope.namespace);
  const { audience, node, key, requestedBy, expiringWithin, unusedFor } = options;
  const fields: (readonly [string, string | undefined])[] = [
    ...scope.fields,
    ...boundTo(options.boundTo),
    ...(pod?.fields ?? []),
    ['spec.audiences', audience],
    ['spec.nodeName', node],
    ['spec.keyID', key],
    ['spec.requestedBy.username', requestedBy],
    ['expiresBefore', expiringWithin && formatTime(nowMs + durationFlag('expiring-within', expiringWithin))],
    ['unusedSince', unusedFor && formatTime(nowMs - durationFlag('unused-for', unusedFor))],
    ['status.stale', options.stale === true ? 'true' : undefined],
  ];
  return { namespace: pod?.namespace ?? scope.namespace, fields: fields.filter(isGiven) };
}

function isGiven(field: readonly [string, string | undefined]): field is readonly [string, string] {
  return field[1] !== undefined;
}

const KINDS = ['Pod', 'Secret', 'Node'];

function boundTo(text: string | undefined): LedgerQuery['fields'] {
  if (text === undefined) return [];
  const [given = '', name = '', ...rest] = text.split('/');
  const kind = KINDS.find((each) => each.toLowerCase() === given.toLowerCase());
  if (kind === undefined || name === '' || rest.length > 0)
    throw new ConfigError(`--bound-to must be Pod/NAME, Secret/NAME or Node/NAME; found "${text}"`);
  return [
    ['spec.boundObjectRef.kind', kind],
    ['spec.boundObjectRef.name', name],
  ];
}

function podQuery(text: string, namespace: string): LedgerQuery {
  const [first = '', second, ...rest] = text.split('/');
  const [within, name] = second === undefined ? [namespace, first] : [first, second];
  if (name === '' || first === '' || rest.length > 0)
    throw new ConfigError(`--pod must be NAME or NAMESPACE/NAME; found "${text}"`);
  if (second !== undefined && namespace !== '' && namespace !== first)
    throw new ConfigError(`--pod names namespace "${first}", another flag "${namespace}"`);
  return { namespace: within, fields: boundTo(`Pod/${name}`) };
}

export function queryPath({ namespace, fields }: LedgerQuery, limit: number): string {
  const within = namespace === '' ? '' : `namespaces/${encodeURIComponent(namespace)}/`;
  const selector = fields.map(([field, value]) => `${field}=${value.replaceAll(/[\\,=]/g, '\\$&')}`).join(',');
  const selecting = selector === '' ? '' : `&fieldSelector=${encodeURIComponent(selector)}`;
  return `${ISSUED_TOKENS_PATH}/${within}issuedtokens?limit=${limit}${selecting}`;
}

interface Page {
  readonly metadata?: { readonly continue?: string };
  readonly items?: readonly IssuedToken[];
}

const PAGE = 500;

/** Every row that is meant. @throws CommandError when the server refuses or cannot be reached */
export async function queryTokens(access: ServerAccess, query: LedgerQuery): Promise<readonly IssuedToken[]> {
  const path = queryPath(query, PAGE);
  const tokens: IssuedToken[] = [];
  let next = '';
  do {
    const from = next === '' ? path : `${path}&continue=${encodeURIComponent(next)}`;
    const page = (await mustCall(access, 'GET', from)) as Page;
    for (const token of page.items ?? []) tokens.push(token);
    next = page.metadata?.continue ?? '';
  } while (next !== '');
  return tokens;
}

/** Whether any row is meant. */
export async function anyToken(access: ServerAccess, query: LedgerQuery): Promise<boolean> {
  const { items = [] } = (await mustCall(access, 'GET', queryPath(query, 1))) as Page;
  return items.length > 0;
}
