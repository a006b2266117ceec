import type { Terminal } from './terminal.ts';

const GAP = 3;

/** Columns as kubectl prints them: upper-case headings, three spaces apart, no padding at the end of a line. */
export function printTable(
  terminal: Terminal,
  headings: readonly string[],
  rows: readonly (readonly string[])[],
): void {
  const text = tableText(headings, rows);
  const end = text.indexOf('\n');
  terminal.out(terminal.hasColor ? `\x1b[1m${text.slice(0, end)}\x1b[0m${text.slice(end)}` : text);
}

/** The same as text, each line with its newline. */
export function tableText(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [headings.map((heading) => heading.toUpperCase()), ...rows.map((row) => row.map(printable))];
  const widths = headings.map(
    (_, column) => lines.reduce((widest, line) => Math.max(widest, line[column]?.length ?? 0), 0) + GAP,
  ); // rows may be more than a call takes arguments
  return lines
    .map(
      (line) =>
        `${line
          .map((cell, i) => cell.padEnd(widths[i] ?? 0))
          .join('')
          .trimEnd()}\n`,
    )
    .join('');
}

/** What others named must not move the cursor. */
export function printable(text: string): string {
  return text.replaceAll(/\p{Cc}/gu, '?');
}
