/** The world failed: disk, file, lock. The message is one line that says what to do; `cause` is for `--v=4`. */
export class FaultError extends Error {
  override readonly name = 'FaultError';
  readonly code: FaultCode;

  constructor(code: FaultCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.code = code;
  }
}

export type FaultCode =
  | 'ERR_DATA_DIRECTORY'
  | 'ERR_DATA_DIRECTORY_LOCKED'
  | 'ERR_CA_FILES'
  | 'ERR_SIGNING_KEYS'
  | 'ERR_LISTEN';

const LISTEN_ADVICE: Readonly<Record<string, string>> = {
  EADDRINUSE: 'is in use; stop what listens there or choose another --listen',
  EACCES: 'needs more rights than this user has; choose a --listen port of 1024 or more',
  EADDRNOTAVAIL: 'is no address of this machine; choose another --listen',
  ENOTFOUND: 'has no address; check the name given to --listen',
};

/** The port could not be bound. */
export function listenFault({ host, port }: { host: string; port: number }, cause: NodeJS.ErrnoException): FaultError {
  const advice = LISTEN_ADVICE[cause.code ?? ''] ?? `cannot be listened on (${cause.code ?? cause.message})`;
  return new FaultError('ERR_LISTEN', `${host}:${port} ${advice}`, { cause });
}
