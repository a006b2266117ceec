/**
 * The log as a parameter. Fields are names, ids, counts and durations; never a token, a key, a password or a body.
 */
export interface Log {
  error(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  debug(message: string, fields?: LogFields): void;
}

export type LogFields = Readonly<Record<string, unknown>>;

/** For tests and for code whose log nobody reads. */
const nothing = (): void => undefined;
export const silentLog: Log = { error: nothing, warn: nothing, info: nothing, debug: nothing };
