/** The program `mayfly`: hands the command line to `cli/` and takes its exit code. */
import { run } from './cli/run.ts';

process.exitCode = await run(process.argv.slice(2));
