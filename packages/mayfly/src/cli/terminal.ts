/** Where commands print: the streams, and whether people or scripts read them. */
import { processEnvironment } from '../config/environment.ts';

export interface Terminal {
  out(text: string): void;
  err(text: string): void;
  readonly outIsTerminal: boolean;
  readonly errIsTerminal: boolean;
  /** Colour on standard output: a terminal, and NO_COLOR unset. @see no-color.org */
  readonly hasColor: boolean;
}

export function processTerminal(): Terminal {
  const noColor = (processEnvironment().NO_COLOR ?? '') !== '';
  const outIsTerminal = process.stdout.isTTY === true;
  return {
    out: (text) => void process.stdout.write(text),
    err: (text) => void process.stderr.write(text),
    outIsTerminal,
    errIsTerminal: process.stderr.isTTY === true,
    hasColor: outIsTerminal && !noColor,
  };
}
