/** `mayfly keys list`: the keys of the store, and those that the server has from files. */
import type { SigningKey } from '@mayfly/api/identity/v1alpha1/signing-key';
import { callAPI, mustCall } from './api-client.ts';
import { kubeconfigPath, readKubeconfig, type ServerAccess } from './kubeconfig.ts';
import type { ClientOptions } from './options.ts';
import { printTable } from './table.ts';
import type { Terminal } from './terminal.ts';

export const SIGNING_KEYS_PATH = '/apis/identity.mayfly.dev/v1alpha1/signingkeys';

interface PublishedKey {
  readonly kid?: string;
  readonly kty?: string;
  readonly alg?: string;
  readonly use?: string;
  readonly crv?: string;
  readonly n?: string;
}

export async function listKeys(options: ClientOptions, terminal: Terminal): Promise<void> {
  const access = await readKubeconfig(kubeconfigPath(options));
  const keys = await storedKeys(access);
  if (keys.length === 0) return listPublished(await publishedKeys(access), options, terminal);
  if (options.output === 'json') return terminal.out(`${JSON.stringify(keys, null, 2)}\n`);
  const known = new Set(keys.map(({ metadata }) => metadata?.name));
  const published = await publishedKeys(access).catch(() => []); // no key set is served for an issuer without https
  const headings = ['key id', 'algorithm', 'state', 'announced', 'signs from', 'verifies until'];
  const others = published.filter(({ kid }) => !known.has(kid));
  printTable(terminal, headings, [...keys.map(keyRow), ...others.map(fileRow)]);
}

/** None: the server has its keys from files, or may not tell us of them. */
async function storedKeys(access: ServerAccess): Promise<SigningKey[]> {
  const { status, body } = await callAPI(access, 'GET', SIGNING_KEYS_PATH);
  if (status !== 200) return [];
  const { items = [] } = body as { items?: SigningKey[] };
  return items.sort((a, b) => a.status.announcedAt.localeCompare(b.status.announcedAt));
}

async function publishedKeys(access: ServerAccess): Promise<readonly PublishedKey[]> {
  const { keys = [] } = (await mustCall(access, 'GET', '/openid/v1/jwks')) as { keys?: readonly PublishedKey[] };
  return keys;
}

function keyRow({ metadata, spec, status }: SigningKey): string[] {
  const { state, announcedAt, activatedAt, activateAt } = status;
  const because = status.retiredBecause === 'Compromised' ? ' (compromised)' : '';
  return [
    metadata?.name ?? '',
    spec.algorithm,
    `${state}${because}`,
    announcedAt,
    activatedAt ?? activateAt ?? '-',
    endOf(status),
  ];
}

function endOf({ state, verifyUntil, retiredAt, signedLegacyTokens }: SigningKey['status']): string {
  if (state === 'Retired') return retiredAt ?? '-';
  if (verifyUntil === undefined) return '-';
  return signedLegacyTokens === true ? `${verifyUntil}, or longer for legacy tokens` : verifyUntil;
}

function fileRow({ kid = '', alg = '' }: PublishedKey): string[] {
  return [kid, alg, 'Verifying (file)', '-', '-', '-'];
}

function listPublished(keys: readonly PublishedKey[], options: ClientOptions, terminal: Terminal): void {
  const rows = keys.map((key) => [key.kid ?? '', key.alg ?? '', keyType(key), key.use ?? '']);
  if (options.output === 'json') terminal.out(`${JSON.stringify(keys, null, 2)}\n`);
  else printTable(terminal, ['key id', 'algorithm', 'type', 'use'], rows);
}

function keyType({ kty = '', crv, n }: PublishedKey): string {
  if (n !== undefined) return `${kty} ${Buffer.from(n, 'base64url').length * 8} bits`;
  return crv === undefined ? kty : `${kty} ${crv}`;
}
