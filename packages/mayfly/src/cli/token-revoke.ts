/** `mayfly token revoke`: ends tokens before their time, on every server over the store. */
import type { TokenRevocation, TokenRevocationSpec } from '@mayfly/api/identity/v1alpha1/token-revocation';
import { parseTime } from '@mayfly/api/meta/v1/time';
import { parseCompactJWS } from '@mayfly/sdk/verify/compact';
import { ConfigError } from '../config/config-error.ts';
import { type APIResponse, callAPI, statusMessage } from './api-client.ts';
import { CommandError } from './failure.ts';
import { kubeconfigPath, readKubeconfig, type ServerAccess } from './kubeconfig.ts';
import type { TokenRevokeOptions } from './options.ts';
import { printable } from './table.ts';
import type { Terminal } from './terminal.ts';
import { readTokenSource } from './token-source.ts';

const PATH = '/apis/identity.mayfly.dev/v1alpha1/tokenrevocations';
const CREDENTIAL_ID = /^(?:JTI=)?([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/;

/**
 * @param source   a credential id or a token, in any of its forms; undefined: the options say whose tokens
 * @throws ConfigError for what cannot be meant, CommandError for what the server refuses
 */
export async function revokeTokens(
  source: string | undefined,
  options: TokenRevokeOptions,
  terminal: Terminal,
): Promise<void> {
  const spec = {
    ...(await targetOf(source, options)),
    ...(options.reason !== undefined && { reason: options.reason }),
  };
  const access = await readKubeconfig(kubeconfigPath(options));
  const revoked = await post(access, spec, terminal);
  if (options.output === 'json') return terminal.out(`${JSON.stringify(revoked.revocation, null, 2)}\n`);
  terminal.out(`${describe(spec, revoked)}\n`);
}

async function targetOf(source: string | undefined, options: TokenRevokeOptions): Promise<TokenRevocationSpec> {
  const { sa, pod, node, issuedBefore } = options;
  const given = [source, sa, pod, node].filter((each) => each !== undefined);
  if (given.length !== 1) throw new ConfigError('say which tokens: a credential id, a token, --sa, --pod or --node');
  if (issuedBefore !== undefined && sa === undefined) throw new ConfigError('--issued-before needs --sa');
  if (source !== undefined) return { credentialID: await credentialIDOf(source) };
  if (pod !== undefined) return { pod: namespacedOf('--pod', pod) };
  if (node !== undefined) return { node: { name: node } };
  const serviceAccount = namespacedOf('--sa', sa ?? '');
  return issuedBefore === undefined ? { serviceAccount } : { serviceAccount, issuedBefore: timeOf(issuedBefore) };
}

function namespacedOf(flag: string, value: string): { namespace: string; name: string } {
  const [namespace = '', name = '', ...rest] = value.split('/');
  if (namespace === '' || name === '' || rest.length > 0)
    throw new ConfigError(`${flag} must be NAMESPACE/NAME; found "${value}"`);
  return { namespace, name };
}

function timeOf(text: string): string {
  if (parseTime(text) !== undefined) return text;
  throw new ConfigError(`--issued-before must be a time such as 2027-01-31T12:00:00Z; found "${text}"`);
}

/** Of a token only its id leaves this machine: sending it would show it to one party more. */
async function credentialIDOf(source: string): Promise<string> {
  const id = CREDENTIAL_ID.exec(source)?.[1];
  if (id !== undefined) return id;
  const parsed = parseCompactJWS(await readTokenSource(source));
  const claims = parsed.ok ? parsed.jws.payloadObject() : undefined;
  if (claims?.ok !== true) throw new CommandError('this is neither a credential id nor a token');
  const { jti } = claims.value;
  if (typeof jti === 'string' && CREDENTIAL_ID.test(jti)) return jti;
  throw new CommandError(withoutID(claims.value));
}

/** A legacy token ends with its Secret. */
function withoutID(claims: Readonly<Record<string, unknown>>): string {
  const secret = claims['kubernetes.io/serviceaccount/secret.name'];
  const namespace = claims['kubernetes.io/serviceaccount/namespace'];
  if (typeof secret !== 'string' || typeof namespace !== 'string') return 'the token has no id ("jti") to revoke it by';
  return `a token in a Secret has no id to revoke it by; delete its Secret: kubectl -n ${printable(namespace)} delete secret ${printable(secret)}`;
}

interface Revoked {
  readonly revocation: TokenRevocation;
  readonly isNew: boolean;
}

/** A token that is revoked already is no failure: that is what was wanted. */
async function post(access: ServerAccess, spec: TokenRevocationSpec, terminal: Terminal): Promise<Revoked> {
  const body = { apiVersion: 'identity.mayfly.dev/v1alpha1', kind: 'TokenRevocation', spec };
  const created = await callAPI(access, 'POST', PATH, body);
  for (const warning of created.warnings) terminal.err(`warning: ${printable(warning)}\n`);
  if (created.status === 201) return { revocation: created.body as TokenRevocation, isNew: true };
  if (created.status !== 409 || spec.credentialID === undefined) throw refusal('POST', PATH, created);
  const path = `${PATH}/${spec.credentialID}`;
  const found = await callAPI(access, 'GET', path);
  if (found.status !== 200) throw refusal('GET', path, found);
  return { revocation: found.body as TokenRevocation, isNew: false };
}

function refusal(method: string, path: string, response: APIResponse): CommandError {
  return new CommandError(`${method} ${path}: ${printable(statusMessage(response))}`);
}

/** `3 tokens of service account default/app revoked; the last would have expired 2027-01-31T12:00:00Z`. */
function describe(spec: TokenRevocationSpec, { revocation: { metadata, status }, isNew }: Revoked): string {
  const { credentialID, serviceAccount, pod, node } = spec;
  const end = printable(status?.expirationTimestamp ?? '');
  if (credentialID !== undefined) {
    const since = isNew ? 'revoked' : `was revoked already, at ${printable(metadata?.creationTimestamp ?? '')}`;
    return `token ${credentialID} ${since}; it would have expired ${end}`;
  }
  const count =
    status?.tokens === undefined ? 'all tokens' : status.tokens === 1 ? '1 token' : `${status.tokens} tokens`;
  const of = serviceAccount
    ? `service account ${path(serviceAccount)}`
    : pod
      ? `pod ${path(pod)}`
      : `node ${node?.name}`;
  const last = status?.tokens ? `; the last would have expired ${end}` : '';
  return `${count} of ${of} revoked${last}`;
}

function path({ namespace, name }: { namespace?: string; name: string }): string {
  return `${namespace}/${name}`;
}
