/** A call to the external signer that failed, told as gRPC in Go tells it. */

/** Texts of the codes 0 to 16, as Go writes them. @see grpc/grpc-go codes/code_string.go */
const CODES = [
  'OK',
  'Canceled',
  'Unknown',
  'InvalidArgument',
  'DeadlineExceeded',
  'NotFound',
  'AlreadyExists',
  'PermissionDenied',
  'ResourceExhausted',
  'FailedPrecondition',
  'Aborted',
  'OutOfRange',
  'Unimplemented',
  'Internal',
  'Unavailable',
  'DataLoss',
  'Unauthenticated',
] as const;

export type RPCCode = (typeof CODES)[number];

/** What a signer says of its own failure goes to callers: this much of it. Characters. */
const MAX_DETAILS = 256;

export class RPCError extends Error {
  override readonly name = 'RPCError';
  readonly code: RPCCode;

  constructor(code: RPCCode, details: string) {
    super(`rpc error: code = ${code} desc = ${details.slice(0, MAX_DETAILS)}`);
    this.code = code;
  }
}

/** @param code as a number on the wire */
export function rpcCode(code: number): RPCCode {
  return CODES[code] ?? 'Unknown';
}

/** The `code` label of an attempt: gRPC's text, or that it failed elsewhere than in a call. */
export function codeLabel(error: unknown): RPCCode | 'unknown-non-grpc' {
  for (let at = error; at instanceof Error; at = at.cause) if (at instanceof RPCError) return at.code;
  return 'unknown-non-grpc';
}

/** An error with what was being done in front, as Go's `fmt.Errorf("while …: %w")`. */
export function whileDoing(what: string, error: unknown): Error {
  return new Error(`while ${what}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
}
