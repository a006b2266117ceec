import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { KubernetesObject } from '@mayfly/api/meta/v1/object-meta';
import { decodeJwt } from 'jose';
import { systemClock } from '../clock/clock.ts';
import { type Mayfly, startMayfly } from '../testing/start.ts';
import { reportFailure } from './failure.ts';
import { newProgram } from './program.ts';
import type { Terminal } from './terminal.ts';

const directory = mkdtempSync(join(tmpdir(), 'mayfly-revoke-'));
const kubeconfig = join(directory, 'kubeconfig');
let mayfly: Mayfly<typeof systemClock>;

before(async () => {
  mayfly = await startMayfly({ clock: systemClock });
  writeFileSync(kubeconfig, mayfly.kubeconfig, { mode: 0o600 });
});
after(async () => {
  await mayfly.close();
  rmSync(directory, { recursive: true });
});

interface Outcome {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

async function revoke(...args: string[]): Promise<Outcome> {
  const [out, err]: [string[], string[]] = [[], []];
  const terminal: Terminal = {
    out: (text) => void out.push(text),
    err: (text) => void err.push(text),
    outIsTerminal: false,
    errIsTerminal: false,
    hasColor: false,
  };
  const argv = ['token', 'revoke', ...args, '--kubeconfig', kubeconfig];
  let code = 0;
  try {
    await newProgram(terminal).parseAsync(argv, { from: 'user' });
  } catch (error) {
    code = reportFailure(error, terminal, argv);
  }
  return { code, out: out.join(''), err: err.join('') };
}

const idOf = (token: string): string => decodeJwt(token).jti ?? '';

test('a token, from a file or as an id: ended once, and twice is no failure', async () => {
  const token = await mayfly.issueToken('default', 'one');
  const file = join(directory, 'token');
  writeFileSync(file, `${token}\n`);
  const first = await revoke(file, '--reason', 'leaked');
  assert.deepEqual([first.code, first.err], [0, '']);
  assert.match(first.out, new RegExp(`^token ${idOf(token)} revoked; it would have expired 20..-`));
  const second = await revoke(`JTI=${idOf(token)}`);
  assert.match(second.out, new RegExp(`^token ${idOf(token)} was revoked already, at 20..-`));
  assert.equal(second.code, 0);
});

test('only the id of a token leaves the machine', async () => {
  const token = await mayfly.issueToken('default', 'two');
  const { out } = await revoke(token, '-o', 'json');
  assert.equal((JSON.parse(out) as { spec: { credentialID: string } }).spec.credentialID, idOf(token));
  const stored = await mayfly.store.range({ key: '/', rangeEnd: '0' });
  for (const { value } of stored.kvs) assert.ok(!Buffer.from(value).includes(token.split('.')[2] ?? ''));
});

test('the tokens of a service account are counted, and Secrets warned of', async () => {
  await mayfly.issueToken('default', 'three');
  await mayfly.issueToken('default', 'three');
  const annotations = { 'kubernetes.io/service-account.name': 'three' };
  await mayfly.admin.create({ group: '', version: 'v1', resource: 'secrets' }, {
    metadata: { name: 'old', namespace: 'default', annotations },
    type: 'kubernetes.io/service-account-token',
  } as KubernetesObject);
  const { out, err } = await revoke('--sa', 'default/three');
  assert.match(out, /^2 tokens of service account default\/three revoked; the last would have expired 20/);
  assert.equal(err, 'warning: tokens in Secrets are not revoked; to end them delete the Secrets: old\n');
  assert.equal((await revoke('--sa', 'default/three')).code, 0);
});

const legacy = Buffer.from(
  JSON.stringify({ 'kubernetes.io/serviceaccount/namespace': 'a', 'kubernetes.io/serviceaccount/secret.name': 's' }),
);
for (const { name, args, code, err } of [
  {
    name: 'nothing',
    args: [],
    code: 2,
    err: /^error: say which tokens: a credential id, a token, --sa, --pod or --node\n$/,
  },
  { name: 'two things', args: ['x', '--node', 'n'], code: 2, err: /^error: say which tokens/ },
  { name: 'half a name', args: ['--sa', 'default'], code: 2, err: /--sa must be NAMESPACE\/NAME; found "default"/ },
  { name: 'half a pod', args: ['--pod', 'p'], code: 2, err: /--pod must be NAMESPACE\/NAME; found "p"/ },
  { name: 'a time without an account', args: ['--node', 'n', '--issued-before', 'x'], code: 2, err: /needs --sa/ },
  { name: 'no time', args: ['--sa', 'a/b', '--issued-before', 'monday'], code: 2, err: /must be a time such as/ },
  {
    name: 'an unknown id',
    args: ['00000000-0000-4000-8000-000000000000'],
    code: 1,
    err: /issuedtokens.identity.mayfly.dev "00000000-0000-4000-8000-000000000000" not found\n$/,
  },
  {
    name: 'an unknown account',
    args: ['--sa', 'default/nobody'],
    code: 1,
    err: /serviceaccounts "nobody" not found\n$/,
  },
  { name: 'an unknown pod', args: ['--pod', 'default/p'], code: 1, err: /pods "p" not found\n$/ },
  { name: 'an unknown node', args: ['--node', 'n'], code: 1, err: /nodes "n" not found\n$/ },
  {
    name: 'a token of a Secret',
    args: [`eyJhbGciOiJSUzI1NiJ9.${legacy.toString('base64url')}.AAAA`],
    code: 1,
    err: /has no id to revoke it by; delete its Secret: kubectl -n a delete secret s\n$/,
  },
  { name: 'a token without an id', args: ['eyJhbGciOiJSUzI1NiJ9.e30.AAAA'], code: 1, err: /the token has no id/ },
]) {
  test(`revoking ${name} ends with ${code}`, async () => {
    const outcome = await revoke(...args);
    assert.match(outcome.err, err);
    assert.deepEqual([outcome.code, outcome.out], [code, '']);
  });
}
