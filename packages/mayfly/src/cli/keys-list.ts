/** `mayfly keys list`: the keys relying parties can see, signing key first. */
import { mustCall } from './api-client.ts';
import { kubeconfigPath, readKubeconfig } from './kubeconfig.ts';
import type { ClientOptions } from './options.ts';
import { printTable } from './table.ts';
import type { Terminal } from './terminal.ts';

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
  const { keys = [] } = (await mustCall(access, 'GET', '/openid/v1/jwks')) as { keys?: readonly PublishedKey[] };
  if (options.output === 'json') return terminal.out(`${JSON.stringify(keys, null, 2)}\n`);
  printTable(
    terminal,
    ['key id', 'algorithm', 'type', 'use'],
    keys.map((key) => [key.kid ?? '', key.alg ?? '', keyType(key), key.use ?? '']),
  );
}

function keyType({ kty = '', crv, n }: PublishedKey): string {
  if (n !== undefined) return `${kty} ${Buffer.from(n, 'base64url').length * 8} bits`;
  return crv === undefined ? kty : `${kty} ${crv}`;
}
