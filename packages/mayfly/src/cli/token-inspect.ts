/** `mayfly token inspect`: offline unless a server is named for its keys. The token itself is never printed. */
import { readFile } from 'node:fs/promises';
import { type JSONWebKeySet, JWS_ALGORITHMS, newJWTVerifier } from '@mayfly/sdk/verify/verifier';
import { systemClock } from '../clock/clock.ts';
import { mustCall } from './api-client.ts';
import { CommandError } from './failure.ts';
import { readKubeconfig, type ServerAccess } from './kubeconfig.ts';
import type { TokenInspectOptions } from './options.ts';
import { printable, printTable } from './table.ts';
import type { Terminal } from './terminal.ts';
import { askLedger, type LedgerAnswer, ledgerText } from './token-ledger.ts';
import { readTokenSource } from './token-source.ts';
import { type Check, type InspectedToken, inspect } from './token-verdicts.ts';

export async function inspectToken(source: string, options: TokenInspectOptions, terminal: Terminal): Promise<void> {
  const token = await readTokenSource(source);
  const found = inspect(token, systemClock.nowMs());
  const access = options.kubeconfig === undefined ? undefined : await readKubeconfig(options.kubeconfig);
  const checks = [await signatureCheck(token, found, await loadKeys(options, access)), ...found.checks];
  const ledger = access && (await askLedger(access, found.claims));
  if (options.output === 'json') terminal.out(`${JSON.stringify({ ...found, checks, ledger }, null, 2)}\n`);
  else print(terminal, found, checks, ledger);
  const failing = checks.filter(({ verdict }) => verdict === 'fails').map(({ check }) => check);
  if (failing.length > 0) throw new CommandError(`this token would be refused: ${failing.join(', ')}`);
}

function print(
  terminal: Terminal,
  { header, claims }: InspectedToken,
  checks: readonly Check[],
  ledger: LedgerAnswer | undefined,
): void {
  terminal.out(`algorithm  ${printable(header.alg)}\nkey id     ${printable(header.kid)}\n\n`);
  for (const [name, value] of Object.entries(claims)) terminal.out(`${printable(name)}: ${claimText(name, value)}\n`);
  terminal.out('\n');
  if (ledger !== undefined) terminal.out(`${ledgerText(ledger, systemClock.nowMs())}\n`);
  printTable(
    terminal,
    ['check', 'verdict', 'detail'],
    checks.map(({ check, verdict, detail }) => [check, verdict, detail]),
  );
}

function claimText(name: string, value: unknown): string {
  const isTime =
    typeof value === 'number' &&
    ['exp', 'nbf', 'iat'].includes(name) &&
    Number.isFinite(new Date(value * 1000).getTime());
  const text = printable(typeof value === 'string' ? value : JSON.stringify(value));
  return isTime ? `${text} (${new Date(value * 1000).toISOString()})` : text;
}

async function loadKeys(
  { jwks, server, ca }: TokenInspectOptions,
  known: ServerAccess | undefined,
): Promise<JSONWebKeySet | undefined> {
  if (jwks !== undefined) return parseKeys(await readText(jwks));
  if (known !== undefined) return asKeySet(await mustCall(known, 'GET', '/openid/v1/jwks'));
  if (server === undefined) return undefined;
  const access = {
    server,
    ca: ca === undefined ? undefined : await readText(ca),
    cert: undefined,
    key: undefined,
    token: undefined,
  };
  return asKeySet(await mustCall(access, 'GET', '/openid/v1/jwks'));
}

async function readText(path: string): Promise<string> {
  return readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new CommandError(`${path} cannot be read (${error.code})`);
  });
}

function parseKeys(text: string): JSONWebKeySet {
  try {
    return asKeySet(JSON.parse(text));
  } catch {
    throw new CommandError('the key set is not a JSON object with "keys"');
  }
}

function asKeySet(value: unknown): JSONWebKeySet {
  if (Array.isArray((value as { keys?: unknown } | null)?.keys)) return value as JSONWebKeySet;
  throw new CommandError('the key set is not a JSON object with "keys"');
}

const SIGNATURE_REFUSALS: ReadonlySet<string> = new Set([
  'malformed',
  'algorithm-not-allowed',
  'extension-not-known',
  'no-matching-key',
  'bad-signature',
]);

async function signatureCheck(
  token: string,
  { header }: InspectedToken,
  keys: JSONWebKeySet | undefined,
): Promise<Check> {
  if (keys === undefined)
    return { check: 'signature', verdict: 'unknown', detail: 'give --jwks, --kubeconfig or --server to check it' };
  // Only the signature is asked about here: issuer, audience and time have their own rows, so any of their refusals means it held.
  const verifier = newJWTVerifier({
    issuer: '-',
    audiences: ['-'],
    algorithms: JWS_ALGORITHMS,
    keys: () => keys,
    nowMs: systemClock.nowMs,
    leewaySeconds: 0,
  });
  const verdict = await verifier.verify(token);
  if (verdict.outcome === 'refused' && SIGNATURE_REFUSALS.has(verdict.refusal)) {
    return { check: 'signature', verdict: 'fails', detail: verdict.refusal };
  }
  return { check: 'signature', verdict: 'ok', detail: `key ${header.kid} of the set` };
}
