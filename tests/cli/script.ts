/**
 * Runs one script test: commands, files, expected output and exit code in one readable file.
 *
 * A line `$ mayfly …` runs the program in a fresh directory; the lines up to the next command are what it prints, standard
 * output then standard error. `[N]` alone is the exit code, 0 when absent. `> NAME` begins a file that ends at an empty
 * line. `...` alone matches any lines; `<…>` within a line matches any text. `#` begins a comment.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Step {
  readonly command: string;
  readonly expected: readonly string[];
  readonly exitCode: number;
}

export interface StepResult {
  readonly output: string;
  readonly exitCode: number | null;
}

export interface Script {
  readonly files: ReadonlyMap<string, string>;
  readonly steps: readonly Step[];
}

const EXIT_CODE = /^\[(\d+)\]$/;

export function parseScript(text: string): Script {
  const files = new Map<string, string>();
  const steps: { command: string; expected: string[]; exitCode: number }[] = [];
  const lines = text.split('\n');
  for (let i = 0; i < lines.length; i++) {
    const line = lines[i] ?? '';
    const code = EXIT_CODE.exec(line)?.[1];
    if (line.startsWith('#')) continue;
    if (line.startsWith('> ')) {
      const end = lines.indexOf('', i);
      files.set(line.slice(2), `${lines.slice(i + 1, end).join('\n')}\n`);
      i = end;
    } else if (line.startsWith('$ ')) steps.push({ command: line.slice(2), expected: [], exitCode: 0 });
    else if (code !== undefined) (steps.at(-1) as { exitCode: number }).exitCode = Number(code);
    else if (line !== '') steps.at(-1)?.expected.push(line);
  }
  return { files, steps };
}

const program = join(import.meta.dirname, '../../packages/mayfly/src/main.ts');

/** A directory with the script's files in it. */
export function newWorkingDirectory({ files }: Script): { readonly path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), 'mayfly-cli-'));
  for (const [name, content] of files) writeFileSync(join(path, name), content);
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

/** Runs the command in a shell where `mayfly` is the program from its sources. */
export function runStep({ command }: Step, directory: string): StepResult {
  const shell = `mayfly() { "${process.execPath}" --conditions=source --disable-warning=ExperimentalWarning "${program}" "$@"; }\n{ ${command} ; } 2>stderr.txt; code=$?; cat stderr.txt; exit $code`;
  const { PATH = '' } = process.env;
  const { stdout, status } = spawnSync('bash', ['-c', shell], {
    cwd: directory,
    env: { PATH },
    encoding: 'utf8',
    timeout: 30_000,
  });
  return { output: stdout, exitCode: status };
}

/** Why the output is not what was expected; undefined when it is. */
export function mismatch({ expected }: Step, { output }: StepResult): string | undefined {
  const pattern = expected.map((line) => (line === '...' ? '(?:.*\\n)*?' : `${linePattern(line)}\\n`)).join('');
  const actual = output.replaceAll(/^\s*\n/gm, '');
  return new RegExp(`^${pattern}$`).test(actual) ? undefined : `expected:\n${expected.join('\n')}\nfound:\n${actual}`;
}

function linePattern(line: string): string {
  return line
    .split(/<…>/)
    .map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'))
    .join('.*');
}
