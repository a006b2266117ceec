/** Options that several commands share. */
import { type Command, Option } from 'commander';
import { ConfigError } from '../config/config-error.ts';

/** A repeatable option that takes one value each time, so that it never swallows an argument. */
export function collect(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value];
}

export function outputOption(): Option {
  return new Option('-o, --output <json>', 'print JSON').argParser((format) => {
    if (format === 'json') return format;
    throw new ConfigError(`--output must be json; found "${format}"`);
  });
}

/** As kubectl's, of what prints objects. */
export function objectOutputOption(): Option {
  return new Option('-o, --output <FORMAT>', 'json, wide (more columns) or name').argParser((format) => {
    if (OBJECT_OUTPUTS.has(format)) return format;
    throw new ConfigError(`--output must be json, wide or name; found "${format}"`);
  });
}

const OBJECT_OUTPUTS: ReadonlySet<string> = new Set(['json', 'wide', 'name']);

/** Read by `reportFailure`. */
export function verbosityOption(): Option {
  return new Option('--v <N>', '4 adds the stack to an error');
}

/** How a command finds the server. */
export function withServerOptions(command: Command): Command {
  return command
    .option(
      '--kubeconfig <FILE>',
      'how to reach the server (default: $KUBECONFIG, then kubeconfig in the data directory)',
    )
    .option('--data-dir <DIR>', 'data directory of a server on this machine (default: .mayfly)');
}

export function withClientOptions(command: Command, output: Option = outputOption()): Command {
  return withServerOptions(command).addOption(output).addOption(verbosityOption());
}
