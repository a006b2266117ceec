import { ConfigError } from '../config/config-error.ts';
import { reportFailure } from './failure.ts';
import { newProgram } from './program.ts';
import { processTerminal } from './terminal.ts';
import { unavailableCommand } from './unavailable-command.ts';

/**
 * Runs one command line.
 *
 * @param argv without the program's own name
 * @returns the exit code: 0 done, 1 failed, 2 not understood
 */
export async function run(argv: readonly string[]): Promise<number> {
  const terminal = processTerminal();
  try {
    const missing = unavailableCommand(argv);
    if (missing !== undefined) throw new ConfigError(`mayfly ${missing} is not available in this version`);
    const program = newProgram(terminal);
    if (argv.length === 0) terminal.out(program.helpInformation());
    else await program.parseAsync([...argv], { from: 'user' });
    return 0;
  } catch (error) {
    return reportFailure(error, terminal, argv);
  }
}
