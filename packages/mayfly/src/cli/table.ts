import type { Terminal } from './terminal.ts';

const GAP = 3;

/** Columns as kubectl prints them: upper-case headings, three spaces apart, no padding at the end of a line. */
export function printTable(
  terminal: Terminal,
  headings: readonly string[],
  rows: readonly (readonly string[])[],
): void {
  const lines = [headings.map((heading) => heading.toUpperCase()), ...rows.map((row) => row.map(printable))];
  const widths = headings.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)) + GAP);
  lines.forEach((line, i) => {
    const text = line
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('')
      .trimEnd();
    terminal.out(i === 0 && terminal.hasColor ? `\x1b[1m${text}\x1b[0m\n` : `${text}\n`);
  });
}

/** What others named must not move the cursor. */
export function printable(text: string): string {
  return text.replaceAll(/\p{Cc}/gu, '?');
}
