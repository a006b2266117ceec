/** `mayfly jwks …` */
import type { Command } from 'commander';
import { verbosityOption, withServerOptions } from './command-options.ts';
import type { JWKSPublishOptions } from './options.ts';
import type { Terminal } from './terminal.ts';

export function addJWKSCommands(program: Command, terminal: Terminal): void {
  const jwks = program.command('jwks').description('bring the public keys to those who verify tokens');
  withServerOptions(
    jwks
      .command('publish')
      .description('put discovery document, key set and token status lists where a web server has them'),
  )
    .requiredOption('--to <DIR>', 'directory to write to; a web server or a bucket serves it at the issuer')
    .option(
      '--url <URL>',
      'https address of the directory (default: what --service-account-jwks-uri of the server says)',
    )
    .option('--watch', 'go on, so that rotations and revocations are published in time')
    .option(
      '--interval <DURATION>',
      'with --watch, time between fetches (default: by what the server says, at most 1m)',
    )
    .addOption(verbosityOption())
    .addHelpText('after', '\nExample:\n  mayfly jwks publish --to /srv/www/issuer --url https://issuer.example --watch')
    .action(async (options: JWKSPublishOptions) => (await import('./jwks-publish.ts')).publishJWKS(options, terminal));
}
