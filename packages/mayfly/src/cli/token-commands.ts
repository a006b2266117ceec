/** `mayfly token …` */
import type { Command } from 'commander';
import { collect, outputOption, verbosityOption, withClientOptions } from './command-options.ts';
import type { TokenInspectOptions, TokenListOptions, TokenReviewOptions, TokenRevokeOptions } from './options.ts';
import type { Terminal } from './terminal.ts';

export function addTokenCommands(program: Command, terminal: Terminal): void {
  const token = program.command('token').description('look at service account tokens, and end them');
  withClientOptions(token.command('ls').description('list the tokens that were issued and have not expired'))
    .option('--sa <NAMESPACE/NAME>', 'tokens of this service account only')
    .option('-A, --all-namespaces', 'tokens of all namespaces (the default without --sa and -n)')
    .option('-n, --namespace <NAMESPACE>', 'tokens of service accounts in this namespace')
    .addHelpText('after', '\nExample:\n  mayfly token ls --sa default/app')
    .action(async (options: TokenListOptions) => (await import('./token-list.ts')).listTokens(options, terminal));
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
