/** One JSON log line as people read it: time, level where it matters, message, `key=value`. */

const RED = 31;
const YELLOW = 33;
const GREY = 90;

const LEVEL_COLORS: Readonly<Record<string, number>> = { error: RED, warn: YELLOW };

/** @param line what pino wrote, newline included; anything else passes unchanged */
export function formatLine(line: string, hasColor: boolean): string {
  const entry = parseEntry(line);
  if (entry === undefined) return line;
  const { level, time, message, ...fields } = entry;
  const paint = (code: number, text: string): string => (hasColor ? `\x1b[${code}m${text}\x1b[0m` : text);
  const clock = paint(GREY, String(time).slice(11, 19));
  const color = LEVEL_COLORS[String(level)];
  const label = color === undefined ? '' : ` ${paint(color, String(level))}`;
  const pairs = Object.entries(fields).map(([key, value]) => ` ${paint(GREY, `${key}=`)}${formatField(value)}`);
  return `${clock}${label} ${oneLine(String(message))}${pairs.join('')}\n`;
}

function parseEntry(line: string): Record<string, unknown> | undefined {
  try {
    return JSON.parse(line) as Record<string, unknown>;
  } catch {
    return undefined; // not written by pino
  }
}

function formatField(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return /^[\w./:@+-]+$/.test(text) ? text : JSON.stringify(oneLine(text));
}

/** What a peer sent must not move the cursor or forge a line. */
function oneLine(text: string): string {
  return text.replaceAll(/\p{Cc}+/gu, ' ');
}
