/** The world failed: disk, file, lock. The message is one line that says what to do; `cause` is for `--v=4`. */
export class FaultError extends Error {
  override readonly name = 'FaultError';
  readonly code: FaultCode;

  constructor(code: FaultCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.code = code;
  }
}

export type FaultCode = 'ERR_DATA_DIRECTORY' | 'ERR_DATA_DIRECTORY_LOCKED' | 'ERR_CA_FILES';
