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
  for (const stream of [process.stdout, process.stderr]) stream.on('error', ignoreClosedPipe);
  return {
    out: (text) => void process.stdout.write(text),
    err: (text) => void process.stderr.write(text),
    outIsTerminal,
    errIsTerminal: process.stderr.isTTY === true,
    hasColor: outIsTerminal && !noColor,
  };
}

/** A reader such as `head` that has seen enough is no failure of ours. */
function ignoreClosedPipe(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error;
}
