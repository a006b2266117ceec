/**
 * Names and fates of rotated log files: pure, so that a table can test what is deleted.
 *
 * @see natefinch/lumberjack v2, the rotation Kubernetes uses: NAME-2026-01-31T12-00-00.000.EXT beside the live file
 */
import { parse } from 'node:path';

/** @param path of the live file */
export function backupName(path: string, nowMs: number): string {
  const { name, ext } = parse(path);
  return `${name}-${new Date(nowMs).toISOString().slice(0, 23).replaceAll(':', '-')}${ext}`;
}

/** When a file of this name was rotated, epoch milliseconds; undefined if it is no backup of `path`. */
export function backupTimeMs(path: string, fileName: string): number | undefined {
  const { name, ext } = parse(path);
  if (!fileName.startsWith(`${name}-`) || !fileName.endsWith(ext)) return undefined;
  const stamp = fileName.slice(name.length + 1, fileName.length - ext.length);
  const match = /^(\d{4}-\d\d-\d\d)T(\d\d)-(\d\d)-(\d\d\.\d{3})$/.exec(stamp);
  if (match === null) return undefined;
  const timeMs = Date.parse(`${match[1]}T${match[2]}:${match[3]}:${match[4]}Z`);
  return Number.isNaN(timeMs) ? undefined : timeMs;
}

export interface Retention {
  /** 0: keep all. */
  readonly maxBackups: number;
  /** 0: keep for ever. */
  readonly maxAgeDays: number;
}

const DAY_MS = 86_400_000;

/** Which of the files in the folder are backups that must go: too many (oldest first), or too old. */
export function expiredBackups(
  path: string,
  fileNames: readonly string[],
  { maxBackups, maxAgeDays }: Retention,
  nowMs: number,
): readonly string[] {
  const backups = fileNames
    .map((fileName) => ({ fileName, timeMs: backupTimeMs(path, fileName) }))
    .filter((entry): entry is { fileName: string; timeMs: number } => entry.timeMs !== undefined)
    .sort((a, b) => b.timeMs - a.timeMs);
  return backups
    .filter(
      ({ timeMs }, age) =>
        (maxBackups > 0 && age >= maxBackups) || (maxAgeDays > 0 && timeMs < nowMs - maxAgeDays * DAY_MS),
    )
    .map(({ fileName }) => fileName);
}
