/** Commands of later releases, so that who reads of one is told that it is not there yet instead of to spell better. */
const UNAVAILABLE: ReadonlySet<string> = new Set([
  'agent',
  'backup',
  'broker',
  'restore',
  'run',
  'scan',
  'vault',
  'token trace',
]);

/** The command, without the program's name, when `argv` begins with one that this version does not have. */
export function unavailableCommand(argv: readonly string[]): string | undefined {
  const [first = '', second = ''] = argv.filter((word) => !word.startsWith('-'));
  return [first, `${first} ${second}`].find((command) => UNAVAILABLE.has(command));
}
