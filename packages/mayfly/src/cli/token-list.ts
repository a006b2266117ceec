/** `mayfly token ls`: the ledger of issued tokens, read through the API. */
import type { IssuedToken } from '@mayfly/api/identity/v1alpha1/issued-token';
import { humanDuration } from '../apiserver/endpoints/table/duration.ts';
import { systemClock } from '../clock/clock.ts';
import { ConfigError } from '../config/config-error.ts';
import { mustCall } from './api-client.ts';
import { kubeconfigPath, readKubeconfig, type ServerAccess } from './kubeconfig.ts';
import type { TokenListOptions } from './options.ts';
import { printTable } from './table.ts';
import type { Terminal } from './terminal.ts';
import { ISSUED_TOKENS_PATH } from './token-ledger.ts';

const PAGE = 500;

export async function listTokens(options: TokenListOptions, terminal: Terminal): Promise<void> {
  const tokens = await listAll(await readKubeconfig(kubeconfigPath(options)), listPath(options));
  if (options.output === 'json') return terminal.out(`${JSON.stringify(tokens, null, 2)}\n`);
  if (tokens.length === 0) return terminal.err('No issued tokens found.\n');
  const nowMs = systemClock.nowMs();
  const headings = ['namespace', 'service account', 'bound to', 'audiences', 'age', 'ends in', 'last used', 'id'];
  printTable(
    terminal,
    headings,
    tokens.map((token) => row(token, nowMs)),
  );
}

/** @throws ConfigError when --sa is not NAMESPACE/NAME */
function listPath({ sa, namespace, allNamespaces }: TokenListOptions): string {
  const within = (name: string): string =>
    `${ISSUED_TOKENS_PATH}/namespaces/${encodeURIComponent(name)}/issuedtokens?limit=${PAGE}`;
  if (sa !== undefined) {
    const [ofNamespace = '', name = '', ...rest] = sa.split('/');
    if (ofNamespace === '' || name === '' || rest.length > 0)
      throw new ConfigError(`--sa must be NAMESPACE/NAME; found "${sa}"`);
    return `${within(ofNamespace)}&fieldSelector=${encodeURIComponent(`spec.serviceAccountName=${name}`)}`;
  }
  if (namespace !== undefined && allNamespaces !== true) return within(namespace);
  return `${ISSUED_TOKENS_PATH}/issuedtokens?limit=${PAGE}`;
}

interface Page {
  readonly metadata?: { readonly continue?: string };
  readonly items?: readonly IssuedToken[];
}

async function listAll(access: ServerAccess, path: string): Promise<IssuedToken[]> {
  const tokens: IssuedToken[] = [];
  let next = '';
  do {
    const page = (await mustCall(
      access,
      'GET',
      next === '' ? path : `${path}&continue=${encodeURIComponent(next)}`,
    )) as Page;
    tokens.push(...(page.items ?? []));
    next = page.metadata?.continue ?? '';
  } while (next !== '');
  return tokens;
}

function row({ metadata, spec, status }: IssuedToken, nowMs: number): string[] {
  const { boundObjectRef: bound } = spec;
  const lastUsed = status?.lastUsed?.time;
  return [
    metadata?.namespace ?? '',
    spec.serviceAccountName,
    bound === undefined ? '-' : `${bound.kind}/${bound.name}`,
    spec.audiences.join(','),
    humanDuration(nowMs - Date.parse(spec.issuedAt)),
    humanDuration(Date.parse(spec.expirationTimestamp) - nowMs),
    lastUsed === undefined ? 'never' : `${humanDuration(nowMs - Date.parse(lastUsed))} ago`,
    metadata?.name ?? '',
  ];
}
