/**
 * The admin's kubeconfig: written here, and read back only to keep its credential across restarts.
 *
 * @see kubernetes/client-go tools/clientcmd/api/v1/types.go
 */
import { Buffer } from 'node:buffer';
import type { TLSMaterial } from './tls-material.ts';

export interface KubeconfigFields {
  readonly serverURL: string;
  /** PEM of what signs the serving certificate; undefined: the client's own trust store knows it. */
  readonly caPEM: string | undefined;
  readonly client: TLSMaterial;
}

const base64 = (text: string): string => Buffer.from(text, 'utf8').toString('base64');

/** YAML as kubectl writes it. */
export function formatKubeconfig({ serverURL, caPEM, client }: KubeconfigFields): string {
  const authority = caPEM === undefined ? '' : `    certificate-authority-data: ${base64(caPEM)}\n`;
  return `apiVersion: v1
kind: Config
clusters:
- name: mayfly
  cluster:
${authority}    server: ${serverURL}
users:
- name: mayfly-admin
  user:
    client-certificate-data: ${base64(client.cert)}
    client-key-data: ${base64(client.key)}
contexts:
- name: mayfly
  context:
    cluster: mayfly
    user: mayfly-admin
current-context: mayfly
`;
}

/** The client certificate and key of a file we wrote; undefined when it is not of that form. */
export function readClientMaterial(text: string): TLSMaterial | undefined {
  const cert = /^ {4}client-certificate-data: (\S+)$/m.exec(text)?.[1];
  const key = /^ {4}client-key-data: (\S+)$/m.exec(text)?.[1];
  if (cert === undefined || key === undefined) return undefined;
  return { cert: Buffer.from(cert, 'base64').toString('utf8'), key: Buffer.from(key, 'base64').toString('utf8') };
}
