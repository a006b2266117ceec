/**
 * The commands and their flags. Each action is loaded when it is asked for, so `mayfly version` does not pay for a server.
 *
 * @see spec command-line "Commands"
 */
import { Argument, Command } from 'commander';
import { VERSION } from '../version.ts';
import { outputOption } from './command-options.ts';
import { addJWKSCommands } from './jwks-commands.ts';
import { addKeyCommands } from './key-commands.ts';
import { addServerOptions, givenFlags } from './server-options.ts';
import type { Terminal } from './terminal.ts';
import { addTokenCommands } from './token-commands.ts';

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
  program.commandsGroup('Tokens and keys:');
  addTokenCommands(program, terminal);
  addKeyCommands(program, terminal);
  addJWKSCommands(program, terminal);
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

/** The choices are for completion; which shells there are, `completionScript` knows. */
function shellArgument(): Argument {
  return new Argument('<shell>', 'bash, zsh or fish').choices(['bash', 'zsh', 'fish']).argParser((shell) => shell);
}
