/**
 * `mayfly up --example`: the life of one bound token, told as it happens, with real calls over TLS.
 *
 * Every line follows from an answer of the server. The token itself is never printed. It can be run again: what is there
 * already is used, and the bound Secret is made anew.
 */
import { newJWTVerifier } from '@mayfly/sdk/verify/verifier';
import { type Clock, systemClock } from '../clock/clock.ts';
import { callAPI, mustCall, statusMessage } from './api-client.ts';
import { CommandError } from './failure.ts';
import { readKubeconfig, type ServerAccess } from './kubeconfig.ts';
import type { Terminal } from './terminal.ts';
import { inspect } from './token-verdicts.ts';

export interface ExampleOptions {
  readonly kubeconfig: string;
  readonly terminal: Terminal;
}

const NAMESPACE = 'example';
const ACCOUNT = 'demo';
const ANCHOR = 'demo-anchor';
const AUDIENCE = 'https://shop.example';

const IN_NAMESPACE = `/api/v1/namespaces/${NAMESPACE}`;
const REVIEWS = '/apis/authentication.k8s.io/v1/tokenreviews';

/** @throws CommandError when the server does not behave as the story says */
export async function runExample({ kubeconfig, terminal }: ExampleOptions): Promise<void> {
  const access = await readKubeconfig(kubeconfig);
  const tell = newTeller(terminal);
  await makeAccount(access, tell);
  const token = await issueToken(access, tell);
  await reviewAccepted(access, token, tell);
  await verifyOffline(access, token, tell);
  await deleteAnchor(access, tell);
  await reviewRefused(access, token, tell, systemClock);
  terminal.out(commandsToPaste(kubeconfig));
}

type Tell = (title: string, ...details: readonly string[]) => void;

function newTeller(terminal: Terminal): Tell {
  let step = 0;
  return (title, ...details) => {
    step += 1;
    const mark = terminal.hasColor ? `\x1b[32m${step}\x1b[0m` : `${step}`;
    terminal.out(`${mark}  ${title}\n${details.map((detail) => `     ${detail}\n`).join('')}`);
  };
}

async function makeAccount(access: ServerAccess, tell: Tell): Promise<void> {
  await ensure(access, '/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE } });
  const account = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: ACCOUNT } };
  await ensure(access, `${IN_NAMESPACE}/serviceaccounts`, account);
  tell(`service account ${NAMESPACE}/${ACCOUNT} made`);
  const anchor = { apiVersion: 'v1', kind: 'Secret', metadata: { name: ANCHOR }, type: 'Opaque' };
  await ensure(access, `${IN_NAMESPACE}/secrets`, anchor);
  tell(`Secret ${ANCHOR} made, for the token to be bound to`);
}

/** Creates unless it is there already. */
async function ensure(access: ServerAccess, path: string, object: unknown): Promise<void> {
  const response = await callAPI(access, 'POST', path, object);
  const isThere = response.status === 409 && (response.body as { reason?: string }).reason === 'AlreadyExists';
  if (response.status !== 201 && !isThere) throw new CommandError(`POST ${path}: ${statusMessage(response)}`);
}

async function issueToken(access: ServerAccess, tell: Tell): Promise<string> {
  const request = {
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'TokenRequest',
    spec: {
      audiences: [AUDIENCE],
      expirationSeconds: 600,
      boundObjectRef: { apiVersion: 'v1', kind: 'Secret', name: ANCHOR },
    },
  };
  const answer = await mustCall(access, 'POST', `${IN_NAMESPACE}/serviceaccounts/${ACCOUNT}/token`, request);
  const token = (answer as { status?: { token?: string } }).status?.token;
  if (token === undefined) throw new CommandError('the server answered a TokenRequest without a token');
  const { header, claims } = inspect(token, systemClock.nowMs());
  const details = Object.entries(claims).map(([name, value]) => `${name}: ${JSON.stringify(value)}`);
  tell(`token issued: ${header.alg}, ten minutes, for ${AUDIENCE} only`, ...details);
  return token;
}

interface ReviewAnswer {
  readonly status?: {
    readonly authenticated?: boolean;
    readonly error?: string;
    readonly user?: { readonly username?: string };
  };
}

async function review(access: ServerAccess, token: string): Promise<NonNullable<ReviewAnswer['status']>> {
  const body = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenReview', spec: { token, audiences: [AUDIENCE] } };
  return ((await mustCall(access, 'POST', REVIEWS, body)) as ReviewAnswer).status ?? {};
}

async function reviewAccepted(access: ServerAccess, token: string, tell: Tell): Promise<void> {
  const status = await review(access, token);
  if (status.authenticated !== true) throw new CommandError(`TokenReview refused a fresh token: ${status.error ?? ''}`);
  tell('TokenReview accepts it', `it is ${status.user?.username ?? ''}`);
}

/** As a relying party would that holds no right on the server: two public documents and a signature check. */
async function verifyOffline(access: ServerAccess, token: string, tell: Tell): Promise<void> {
  const discovery = (await mustCall(access, 'GET', '/.well-known/openid-configuration')) as { issuer: string };
  const keys = (await mustCall(access, 'GET', '/openid/v1/jwks')) as { keys: [] };
  const verifier = newJWTVerifier({
    issuer: discovery.issuer,
    audiences: [AUDIENCE],
    algorithms: ['RS256', 'ES256', 'ES384', 'ES512'],
    keys: () => keys,
    nowMs: systemClock.nowMs,
    leewaySeconds: 10,
  });
  const verdict = await verifier.verify(token);
  if (verdict.outcome === 'refused')
    throw new CommandError(`offline verification refused a fresh token: ${verdict.refusal}`);
  tell('verified offline through OIDC discovery', `issuer ${discovery.issuer}, ${keys.keys.length} published key(s)`);
}

async function deleteAnchor(access: ServerAccess, tell: Tell): Promise<void> {
  await mustCall(access, 'DELETE', `${IN_NAMESPACE}/secrets/${ANCHOR}`);
  tell(`Secret ${ANCHOR} deleted: the token ends with it`);
}

const ATTEMPTS = 40;
const PAUSE_MS = 500;

/** An accepted token is remembered for at most ten seconds, so the refusal may take that long. */
async function reviewRefused(access: ServerAccess, token: string, tell: Tell, clock: Clock): Promise<void> {
  const startMs = clock.monotonicMs();
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const status = await review(access, token);
    if (status.authenticated !== true) {
      const seconds = ((clock.monotonicMs() - startMs) / 1000).toFixed(1);
      return tell(`TokenReview refuses it, ${seconds} s after the deletion`, status.error ?? '');
    }
    await new Promise<void>((resolve) => setTimeout(resolve, PAUSE_MS)); // holds the process, unlike a clock's timer
  }
  throw new CommandError('TokenReview still accepts the token of a deleted Secret');
}

function commandsToPaste(kubeconfig: string): string {
  return `
Try it:
  export KUBECONFIG=${kubeconfig}
  kubectl create serviceaccount app
  kubectl create token app --audience vault --duration 10m
  kubectl auth whoami
  kubectl get --raw /openid/v1/jwks

Ctrl-C ends it; what was made stays in the data directory.
`;
}
