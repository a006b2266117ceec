/** The program's log: JSON lines on stderr, readable text on a terminal. */
import { pino } from 'pino';
import { formatLine } from './line-format.ts';
import type { Log } from './log.ts';
import { redact } from './redact.ts';

export interface LogOptions {
  /** `--v`: 0 errors and warnings, 1 what happens, 4 and over details. */
  readonly verbosity: number;
  /** Readable text instead of JSON. */
  readonly isTerminal: boolean;
  readonly hasColor: boolean;
  /** Takes one line with its newline. */
  readonly write: (line: string) => void;
}

const DETAILS_FROM = 4;

export function newLog({ verbosity, isTerminal, hasColor, write }: LogOptions): Log {
  const level = verbosity >= DETAILS_FROM ? 'debug' : verbosity > 0 ? 'info' : 'warn';
  const format = isTerminal ? (line: string) => formatLine(line, hasColor) : (line: string) => line;
  const serializers = { error: (error: unknown) => describeError(error, verbosity >= DETAILS_FROM) };
  const options = {
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    messageKey: 'message',
    formatters,
    serializers,
  };
  const logger = pino(options, { write: (line: string) => write(format(redact(line))) });
  return {
    error: (message, fields) => logger.error(fields ?? {}, message),
    warn: (message, fields) => logger.warn(fields ?? {}, message),
    info: (message, fields) => logger.info(fields ?? {}, message),
    debug: (message, fields) => logger.debug(fields ?? {}, message),
  };
}

/** Level by name: numbers mean nothing to whoever greps. */
const formatters = { level: (label: string) => ({ level: label }) };

/** An error is written as text, with what caused it: as JSON it would be an empty object. The stack only in details. */
function describeError(error: unknown, hasStack: boolean): unknown {
  if (!(error instanceof Error)) return error;
  const cause = error.cause instanceof Error ? `; caused by ${String(describeError(error.cause, hasStack))}` : '';
  return `${hasStack ? (error.stack ?? String(error)) : String(error)}${cause}`;
}
