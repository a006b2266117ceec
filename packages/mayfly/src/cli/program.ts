/**
 * The commands and their flags. Each action is loaded when it is asked for, so `mayfly version` does not pay for a server.
 *
 * @see spec command-line "Commands"
 */
import { Argument, Command, Option } from 'commander';
import { ConfigError } from '../config/config-error.ts';
import { VERSION } from '../version.ts';
import type { ClientOptions, TokenInspectOptions, TokenListOptions, TokenReviewOptions } from './options.ts';
import { addServerOptions, givenFlags } from './server-options.ts';
import type { Terminal } from './terminal.ts';

export function newProgram(terminal: Terminal): Command {
  const program = new Command('mayfly')
    .description('workload identity with no forever tokens')
    .version(VERSION, '--version', 'print the version')
    .helpCommand('help [command]', 'print help of a command')
    .exitOverride()
    .configureOutput({ writeOut: terminal.out, writeErr: () => undefined })
    .showSuggestionAfterError(true)
    // The description says the default already, in the words of the configuration.
    .configureHelp({ optionDescription: ({ description }) => description });
  addServerCommands(program, terminal);
  addTokenCommands(program, terminal);
  addKeyCommands(program, terminal);
  addOtherCommands(program, terminal);
  return program;
}

function addServerCommands(program: Command, terminal: Terminal): void {
  program.commandsGroup('Servers:');
  const up = program.command('up').description('run everything in one process: development, CI, one machine');
  addServerOptions(up, 'up')
    .option('--example', 'tell the story of a bound token once the server is up')
    .addHelpText('after', '\nExample:\n  mayfly up --listen 127.0.0.1:0 --data-dir /tmp/mayfly')
    .action(async () => {
      const { serve } = await import('./serve.ts');
      await serve({
        command: 'up',
        flags: givenFlags(up),
        hasExample: up.opts<{ example?: true }>().example === true,
        terminal,
      });
    });
  const server = program.command('server').description('run the API server and its controllers: production');
  addServerOptions(server, 'server')
    .addHelpText(
      'after',
      '\nExample:\n  mayfly server --service-account-issuer https://id.example.com --external-hostname id.example.com',
    )
    .action(async () => {
      const { serve } = await import('./serve.ts');
      await serve({ command: 'server', flags: givenFlags(server), hasExample: false, terminal });
    });
  const config = program.command('config').description('print the effective settings and where each came from');
  addServerOptions(config, 'server')
    .option('--up', 'defaults of mayfly up instead of mayfly server')
    .addOption(outputOption())
    .addHelpText('after', '\nExample:\n  mayfly config --config /etc/mayfly.yaml')
    .action(async () => {
      const { printConfig } = await import('./config-command.ts');
      const { up: asUp, output } = config.opts<{ up?: true; output?: string }>();
      await printConfig({ command: asUp === true ? 'up' : 'server', flags: givenFlags(config), output, terminal });
    });
}

function addTokenCommands(program: Command, terminal: Terminal): void {
  program.commandsGroup('Tokens and keys:');
  const token = program.command('token').description('look at service account tokens');
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
}

function addKeyCommands(program: Command, terminal: Terminal): void {
  const keys = program.command('keys').description('look at the keys that sign service account tokens');
  withClientOptions(keys.command('list').description('list the published keys'))
    .addHelpText('after', '\nExample:\n  mayfly keys list -o json')
    .action(async (options: ClientOptions) => (await import('./keys-list.ts')).listKeys(options, terminal));
}

function addOtherCommands(program: Command, terminal: Terminal): void {
  program.commandsGroup('Other:');
  program
    .command('version')
    .description('print the version')
    .addOption(outputOption())
    .action(({ output }: { output?: string }) => {
      terminal.out(
        output === 'json' ? `${JSON.stringify({ version: VERSION, node: process.version })}\n` : `mayfly ${VERSION}\n`,
      );
    });
  program
    .command('completion')
    .description('print a script that completes commands and flags')
    .addArgument(shellArgument())
    .addHelpText('after', '\nExample:\n  source <(mayfly completion bash)')
    .action(async (shell: string) => {
      const { completionScript } = await import('./completion.ts');
      terminal.out(completionScript(shell, program));
    });
}

/** A repeatable option that takes one value each time, so that it never swallows an argument. */
function collect(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value];
}

function outputOption(): Option {
  return new Option('-o, --output <json>', 'print JSON').argParser((format) => {
    if (format === 'json') return format;
    throw new ConfigError(`--output must be json; found "${format}"`);
  });
}

/** The choices are for completion; which shells there are, `completionScript` knows. */
function shellArgument(): Argument {
  return new Argument('<shell>', 'bash, zsh or fish').choices(['bash', 'zsh', 'fish']).argParser((shell) => shell);
}

/** Read by `reportFailure`. */
function verbosityOption(): Option {
  return new Option('--v <N>', '4 adds the stack to an error');
}

function withClientOptions(command: Command): Command {
  return command
    .option(
      '--kubeconfig <FILE>',
      'how to reach the server (default: $KUBECONFIG, then kubeconfig in the data directory)',
    )
    .option('--data-dir <DIR>', 'data directory of a server on this machine (default: .mayfly)')
    .addOption(outputOption())
    .addOption(verbosityOption());
}
