/** The CA bundle that is published to pods: what verifies this server's certificate as they reach it. */
import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { ConfigError } from '../../config/config-error.ts';
import type { Log } from '../../log/log.ts';
import { formatPEM, parsePEM } from '../../x509/pem.ts';
import type { PKI } from './pki.ts';

/**
 * `--root-ca-file`, read once; else what the kubeconfig names too, followed when the serving certificate is replaced.
 *
 * @returns a function that answers the bundle as it is now
 * @throws ConfigError when the file cannot be read or holds anything that is no certificate
 */
export async function openRootCA(
  file: string | undefined,
  pki: Pick<PKI, 'servingCABundle' | 'caPEM'>,
  log: Log,
): Promise<() => string> {
  if (file !== undefined) {
    const bundle = await readBundle(file);
    return () => bundle;
  }
  if (pki.servingCABundle() === undefined) log.warn(NO_ROOT);
  return () => pki.servingCABundle() ?? pki.caPEM;
}

const NO_ROOT =
  'the serving certificate comes without its root, so kube-root-ca.crt cannot verify it: name the root by --root-ca-file';

async function readBundle(file: string): Promise<string> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    throw new ConfigError(`--root-ca-file ${file} cannot be read (${(error as NodeJS.ErrnoException).code})`);
  }
  try {
    const blocks = parsePEM(text);
    if (blocks.length === 0) throw new Error('empty');
    // Written anew: everybody may read what is published, so nothing but certificates may get there.
    return blocks.map(({ bytes }) => formatPEM('CERTIFICATE', new X509Certificate(bytes).raw)).join('');
  } catch {
    throw new ConfigError(`--root-ca-file ${file} is not a PEM bundle of certificates`); // its content may be a key
  }
}
