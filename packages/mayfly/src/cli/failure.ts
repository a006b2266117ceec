/** How a command ends badly: one line `error: …`, exit 2 for what was typed, exit 1 for what happened. */
import type { CommanderError } from 'commander';
import { ConfigError } from '../config/config-error.ts';
import { isUnavailable } from '../config/unavailable.ts';
import { redact } from '../log/redact.ts';
import type { Terminal } from './terminal.ts';

/** A command cannot do what was asked; the message says what to do about it. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
}

const EXIT_FAILURE = 1;
const EXIT_USAGE = 2;

/** Prints the failure and says the exit code. */
export function reportFailure(error: unknown, terminal: Terminal, argv: readonly string[]): number {
  if (isCommanderError(error)) return reportUsage(error, terminal, argv);
  const message = error instanceof Error ? error.message : String(error);
  terminal.err(`error: ${redact(oneLine(message))}\n`);
  if (wantsStack(argv) && error instanceof Error) terminal.err(`${redact(stackOf(error))}\n`);
  return error instanceof ConfigError ? EXIT_USAGE : EXIT_FAILURE;
}

/** Told by shape, so that this module does not load the parser. */
function isCommanderError(error: unknown): error is CommanderError {
  return error instanceof Error && 'code' in error && String(error.code).startsWith('commander.');
}

function reportUsage(error: CommanderError, terminal: Terminal, argv: readonly string[]): number {
  if (error.exitCode === 0) return 0; // --help and --version end this way
  terminal.err(`error: ${usageText(error, argv)}\n`);
  return EXIT_USAGE;
}

/** `too many arguments for 'up'. Expected 0 arguments but got 1: x.` as one clause of ours. */
function plain(message: string): string {
  return message
    .replace(/^error: /, '')
    .replace('. Expected', ': expected')
    .replace(/\.$/, '');
}

function usageText({ code, message }: CommanderError, argv: readonly string[]): string {
  if (code === 'commander.help' && argv[0] === 'help')
    return `unknown command '${argv.slice(1).join(' ')}'; see mayfly help`;
  if (code === 'commander.excessArguments') return `${plain(message)}; see mayfly help`;
  if (code === 'commander.help') return 'this needs a command of its own; see --help';
  const flag = /unknown option '--([^'=]+)/.exec(message)?.[1];
  if (code === 'commander.unknownOption' && flag !== undefined && isUnavailable(flag)) {
    return `--${flag} is not available in this version`;
  }
  const [first = '', suggestion] = message.split('\n');
  const text = first
    .replace(/^error: /, '')
    .replace('unknown option', 'unknown flag')
    .replace(/option '(-[^']*)'/, "flag '$1'");
  const meant = /Did you mean (.*)\?\)/.exec(suggestion ?? '')?.[1];
  return meant === undefined ? `${text}; see mayfly help` : `${text}, did you mean ${meant}?`;
}

function oneLine(text: string): string {
  return text.replaceAll(/\s*\n\s*/g, ' ');
}

function stackOf(error: Error): string {
  const cause = error.cause instanceof Error ? `\ncaused by: ${stackOf(error.cause)}` : '';
  return `${error.stack ?? error.message}${cause}`;
}

/** The configuration may be what failed, so the flag is looked for by hand. */
function wantsStack(argv: readonly string[]): boolean {
  return argv.some((arg, i) => /^--v=([4-9]|\d{2,})$/.test(arg) || (arg === '--v' && Number(argv[i + 1]) >= 4));
}
