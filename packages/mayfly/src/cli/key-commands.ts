/** `mayfly keys …` */
import type { Command } from 'commander';
import { withClientOptions } from './command-options.ts';
import type { ClientOptions, KeyRotateOptions } from './options.ts';
import type { Terminal } from './terminal.ts';

export function addKeyCommands(program: Command, terminal: Terminal): void {
  const keys = program
    .command('keys')
    .description('look at, rotate and retire the keys that sign service account tokens');
  withClientOptions(keys.command('list').description('list the keys, oldest first, with where in their life they are'))
    .addHelpText('after', '\nExample:\n  mayfly keys list -o json')
    .action(async (options: ClientOptions) => (await import('./keys-list.ts')).listKeys(options, terminal));
  withClientOptions(keys.command('rotate').description('announce a new key, which signs when everybody knows it'))
    .option('--algorithm <ALG>', 'RS256, ES256, ES384 or ES512 (default: that of the key that signs)')
    .option('--wait', 'end when the new key signs, more than an hour later')
    .option('--panic', 'the keys are compromised: sign with a new one now, and refuse all earlier tokens now')
    .addHelpText('after', '\nExample:\n  mayfly keys rotate --algorithm ES256')
    .action(async (options: KeyRotateOptions) => (await import('./keys-rotate.ts')).rotateKeys(options, terminal));
  withClientOptions(keys.command('retire').description('remove a key of which no token lives'))
    .argument('<key id>', 'as keys list prints it')
    .addHelpText('after', '\nExample:\n  mayfly keys retire ojZ5aJ3bMXz0o0gMtGz0a0v0Yd4rVxSkq0YzKx4tq3A')
    .action(async (kid: string, options: ClientOptions) => {
      await (await import('./keys-retire.ts')).retireKey(kid, options, terminal);
    });
}
