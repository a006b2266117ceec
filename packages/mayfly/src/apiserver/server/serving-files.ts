/** `--tls-cert-file` and `--tls-private-key-file`. */
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { ConfigError } from '../../config/config-error.ts';
import { formatPEM, parsePEM } from '../../x509/pem.ts';
import type { TLSMaterial } from './tls-material.ts';

export interface ServingFiles {
  readonly certFile: string;
  readonly keyFile: string;
}

/** @throws ConfigError when a file cannot be read, is no PEM, or the key is not the certificate's */
export async function servingFilesMaterial({ certFile, keyFile }: ServingFiles): Promise<TLSMaterial> {
  const cert = await readText('--tls-cert-file', certFile);
  const key = await readText('--tls-private-key-file', keyFile);
  let fits: boolean;
  try {
    fits = new X509Certificate(cert).checkPrivateKey(createPrivateKey(key));
  } catch {
    // OpenSSL's text may quote what it read; neither file's content belongs in a message.
    throw new ConfigError(`--tls-cert-file ${certFile} or --tls-private-key-file ${keyFile} is not PEM`);
  }
  if (!fits) throw new ConfigError(`--tls-private-key-file ${keyFile} is not the key of --tls-cert-file ${certFile}`);
  return { cert, key };
}

async function readText(flag: string, path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw new ConfigError(`${flag} ${path} cannot be read (${(error as NodeJS.ErrnoException).code})`);
  }
}

/** The self-signed certificates of a chain; undefined when there are none and clients must know its root already. */
export function selfSignedPEM(chain: string): string | undefined {
  const roots = parsePEM(chain).filter(({ bytes }) => {
    const certificate = new X509Certificate(bytes);
    return certificate.checkIssued(certificate);
  });
  return roots.length === 0 ? undefined : roots.map(({ bytes }) => formatPEM('CERTIFICATE', bytes)).join('');
}
