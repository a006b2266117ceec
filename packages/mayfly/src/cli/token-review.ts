/** `mayfly token review`: a TokenReview, so the server's own verdict. */
import { mustCall } from './api-client.ts';
import { CommandError } from './failure.ts';
import { kubeconfigPath, readKubeconfig } from './kubeconfig.ts';
import type { TokenReviewOptions } from './options.ts';
import { printable } from './table.ts';
import type { Terminal } from './terminal.ts';
import { readTokenSource } from './token-source.ts';

interface ReviewStatus {
  readonly authenticated?: boolean;
  readonly user?: {
    readonly username?: string;
    readonly uid?: string;
    readonly groups?: readonly string[];
    readonly extra?: Readonly<Record<string, readonly string[]>>;
  };
  readonly audiences?: readonly string[];
  readonly error?: string;
}

/** @throws CommandError when the server says no */
export async function reviewToken(source: string, options: TokenReviewOptions, terminal: Terminal): Promise<void> {
  const token = await readTokenSource(source);
  const access = await readKubeconfig(kubeconfigPath(options));
  const review = {
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'TokenReview',
    spec: { token, ...(options.audience === undefined ? {} : { audiences: options.audience }) },
  };
  const answer = (await mustCall(access, 'POST', '/apis/authentication.k8s.io/v1/tokenreviews', review)) as {
    status?: ReviewStatus;
  };
  const status = answer.status ?? {};
  if (options.output === 'json')
    terminal.out(`${JSON.stringify(status, null, 2)}\n`); // the answer's spec holds the token
  else if (status.authenticated === true) printUser(terminal, status);
  if (status.authenticated !== true)
    throw new CommandError(`the server refuses this token: ${status.error ?? 'no reason given'}`);
}

function printUser(terminal: Terminal, { user = {}, audiences = [] }: ReviewStatus): void {
  const lines: [string, string][] = [
    ['valid', 'yes'],
    ['user', user.username ?? ''],
    ['uid', user.uid ?? ''],
    ['groups', (user.groups ?? []).join(', ')],
    ['audiences', audiences.join(', ')],
    ...Object.entries(user.extra ?? {}).map(([name, values]): [string, string] => [name, values.join(', ')]),
  ];
  for (const [name, value] of lines) terminal.out(`${printable(name)}: ${printable(value)}\n`);
}
