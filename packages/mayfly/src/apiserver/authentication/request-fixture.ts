/** For tests: a request with chosen headers, which keeps what it is told. */
import type { CredentialSource } from './authenticator.ts';

export interface RecordedRequest extends CredentialSource {
  readonly warnings: string[];
  readonly annotations: [string, string][];
}

export function newRequest(
  headers: Readonly<Record<string, readonly string[]>> = {},
  { audiences = ['api'], path = '/api' }: { audiences?: readonly string[] | undefined; path?: string } = {},
): RecordedRequest {
  const warnings: string[] = [];
  const annotations: [string, string][] = [];
  return {
    audiences,
    path,
    peerCertificates: undefined,
    headerValues: (name) => headers[name] ?? [],
    headerNames: () => Object.keys(headers),
    warn: (text) => void warnings.push(text),
    annotate: (key, value) => void annotations.push([key, value]),
    warnings,
    annotations,
  };
}
