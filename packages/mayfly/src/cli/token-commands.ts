/** `mayfly token …` */
import type { Command } from 'commander';
import { collect, objectOutputOption, outputOption, verbosityOption, withClientOptions } from './command-options.ts';
import type {
  TokenInspectOptions,
  TokenListOptions,
  TokenReviewOptions,
  TokenRevokeOptions,
  TokenScopeOptions,
  TokenTraceOptions,
} from './options.ts';
import type { Terminal } from './terminal.ts';

export function addTokenCommands(program: Command, terminal: Terminal): void {
  const token = program.command('token').description('look at service account tokens, and end them');
  addListCommand(token, terminal);
  addStaleCommand(token, terminal);
  addTraceCommand(token, terminal);
  token
    .command('inspect')
    .description('say what a token is, offline, with a verdict for each check')
    .argument('<token>', 'a file that holds the token, - for standard input, or the token itself')
    .option('--jwks <FILE>', 'key set to check the signature with')
    .option('--kubeconfig <FILE>', 'fetch the key set and the ledger row from the server of this kubeconfig')
    .option('--server <URL>', 'fetch the key set from this server without credentials')
    .option('--ca <FILE>', 'PEM bundle that --server is trusted by')
    .addOption(outputOption())
    .addOption(verbosityOption())
    .addHelpText('after', '\nExample:\n  kubectl create token app | mayfly token inspect - --jwks jwks.json')
    .action(async (source: string, options: TokenInspectOptions) => {
      await (await import('./token-inspect.ts')).inspectToken(source, options, terminal);
    });
  withClientOptions(token.command('review').description('ask the server whether a token is valid'))
    .argument('<token>', 'a file that holds the token, - for standard input, or the token itself')
    .option('--audience <AUDIENCE>', 'an audience the token must have; repeated: one of them', collect)
    .addHelpText('after', '\nExample:\n  mayfly token review /var/run/secrets/tokens/vault --audience vault')
    .action(async (source: string, options: TokenReviewOptions) => {
      await (await import('./token-review.ts')).reviewToken(source, options, terminal);
    });
  withClientOptions(token.command('revoke').description('end tokens before they expire, on every server'))
    .argument('[token]', 'a credential id, a file that holds the token, - for standard input, or the token itself')
    .option('--sa <NAMESPACE/NAME>', 'all tokens of this service account that are out now')
    .option('--issued-before <TIME>', 'with --sa: only tokens issued before this time (RFC 3339)')
    .option('--pod <NAMESPACE/NAME>', 'all tokens bound to this pod that are out now')
    .option('--node <NAME>', 'all tokens bound to this node, or to pods on it, that are out now')
    .option('--reason <TEXT>', 'why, for the audit log')
    .addHelpText('after', '\nExample:\n  mayfly token revoke leaked.jwt --reason "seen in a build log"')
    .action(async (source: string | undefined, options: TokenRevokeOptions) => {
      await (await import('./token-revoke.ts')).revokeTokens(source, options, terminal);
    });
}

function withScope(command: Command): Command {
  return command
    .option('--sa <NAMESPACE/NAME>', 'tokens of this service account only')
    .option('-A, --all-namespaces', 'tokens of all namespaces (the default without --sa and -n)')
    .option('-n, --namespace <NAMESPACE>', 'tokens of service accounts in this namespace');
}

function addListCommand(token: Command, terminal: Terminal): void {
  const list = token.command('ls').description('list the tokens that were issued and have not expired');
  withScope(withClientOptions(list, objectOutputOption()))
    .option('--audience <AUDIENCE>', 'tokens that this audience may accept')
    .option('--bound-to <KIND/NAME>', 'tokens bound to this Pod, Secret or Node')
    .option('--pod <[NAMESPACE/]NAME>', 'tokens bound to this pod')
    .option('--node <NAME>', 'tokens of pods on this node, or bound to it')
    .option('--key <KEY ID>', 'tokens signed with this key')
    .option('--requested-by <USER>', 'tokens that this user asked for')
    .option('--expiring-within <DURATION>', 'tokens that end within this time, such as 90m or 7d')
    .option('--unused-for <DURATION>', 'tokens that nobody has used here for this time')
    .option('--stale', 'tokens used after they should have been renewed')
    .option('--sort-by <FIELD>', 'namespace (the default), issued, expires or used')
    .addHelpText('after', '\nExample:\n  mayfly token ls --sa default/app --expiring-within 1h')
    .action(async (options: TokenListOptions) => (await import('./token-list.ts')).listTokens(options, terminal));
}

function addStaleCommand(token: Command, terminal: Terminal): void {
  const stale = token.command('stale').description('say who would break if the grace period ended, with evidence');
  withScope(withClientOptions(stale))
    .addHelpText('after', '\nExample:\n  mayfly token stale -n shop')
    .action(async (options: TokenScopeOptions) => (await import('./token-stale.ts')).listStale(options, terminal));
}

function addTraceCommand(token: Command, terminal: Terminal): void {
  const trace = token
    .command('trace')
    .description('say who asked for a token, where it was seen, what it may do and what it did');
  withClientOptions(trace)
    .argument('<token>', 'the id of a token, a file that holds the token, - for standard input, or the token itself')
    .option('-n, --namespace <NAMESPACE>', 'namespace of the service account, where an id is given')
    .option('--audit-log <FILE>', 'audit log of the server, read with its backups (default: audit.log in --data-dir)')
    .option('--full', 'every request that the audit log has, one a line')
    .addHelpText('after', '\nExample:\n  kubectl create token app | mayfly token trace -')
    .action(async (source: string, options: TokenTraceOptions) => {
      await (await import('./token-trace.ts')).traceToken(source, options, terminal);
    });
}
