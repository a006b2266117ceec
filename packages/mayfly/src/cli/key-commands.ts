/** `mayfly keys …` */
import type { Command } from 'commander';
import { withClientOptions } from './command-options.ts';
import type { ClientOptions } from './options.ts';
import type { Terminal } from './terminal.ts';

export function addKeyCommands(program: Command, terminal: Terminal): void {
  const keys = program.command('keys').description('look at the keys that sign service account tokens');
  withClientOptions(keys.command('list').description('list the published keys'))
    .addHelpText('after', '\nExample:\n  mayfly keys list -o json')
    .action(async (options: ClientOptions) => (await import('./keys-list.ts')).listKeys(options, terminal));
}
