/** The reference page of errors. The types make it complete: a code without a row does not compile, nor a row without a code. */
import { HTTP_CODE, type StatusReason } from '@mayfly/api/meta/v1/status-error';
import type { FaultCode } from '../../packages/mayfly/src/apiserver/server/fault-error.ts';
import type { StorageErrorCode } from '../../packages/mayfly/src/storage/errors.ts';

/** Who does what on seeing it. */
interface Advice {
  readonly means: string;
  readonly caller: string;
  readonly operator: string;
}

const NOTHING = 'nothing';

export const REASONS: Readonly<Record<StatusReason, Advice>> = {
  '': { means: 'no reason is known', caller: 'retry later', operator: 'read the server log' },
  BadRequest: {
    means: 'the body, a parameter or a patch cannot be read',
    caller: 'correct the request; the message says where',
    operator: NOTHING,
  },
  Unauthorized: {
    means: 'the credential is missing or refused; every refusal reads the same',
    caller: 'get a new token, or check its audience with `mayfly token inspect`',
    operator: 'the log says why, with the audit id of the request; so does a TokenReview',
  },
  Forbidden: {
    means: 'authenticated, but not allowed; or admission refused',
    caller: 'ask for the right; the message names verb and resource',
    operator: '`kubectl auth can-i`, then a RoleBinding',
  },
  NotFound: { means: 'no such object, kind or path', caller: 'check name and namespace', operator: NOTHING },
  MethodNotAllowed: {
    means: 'this resource does not have this verb',
    caller: 'use another verb; `kubectl api-resources -o wide` lists them',
    operator: NOTHING,
  },
  NotAcceptable: {
    means: 'none of the `Accept` types can be written',
    caller: 'accept application/json',
    operator: NOTHING,
  },
  AlreadyExists: {
    means: 'the name is taken',
    caller: 'choose another name, or update what is there',
    operator: NOTHING,
  },
  Conflict: {
    means: 'the object changed since it was read, or a precondition does not hold',
    caller: 'read it again and retry',
    operator: NOTHING,
  },
  Gone: { means: 'the watch cannot be continued from there', caller: 'list again, then watch', operator: NOTHING },
  Expired: {
    means: 'the resource version or continue token is older than the kept history (five to ten minutes)',
    caller: 'list again from the start',
    operator: NOTHING,
  },
  RequestEntityTooLarge: {
    means: 'the body is over 3 MiB, or the object over 1.5 MiB',
    caller: 'send less',
    operator: NOTHING,
  },
  UnsupportedMediaType: {
    means: 'the body is of a type that is not read here',
    caller: 'send JSON, YAML or Kubernetes protobuf',
    operator: NOTHING,
  },
  Invalid: {
    means: 'the object breaks a rule; `details.causes` has one entry for each field',
    caller: 'correct the fields',
    operator: NOTHING,
  },
  TooManyRequests: {
    means: 'too many requests in flight',
    caller: 'wait `Retry-After` seconds',
    operator: 'find the caller in the audit log',
  },
  InternalError: { means: 'the server failed', caller: 'retry later', operator: 'the log has the cause' },
  ServerTimeout: {
    means: 'the store could not answer now',
    caller: 'wait `Retry-After` seconds',
    operator: 'is the disk full? the log has the cause',
  },
  StorageReadError: {
    means: 'a stored object cannot be read',
    caller: NOTHING,
    operator: 'the log names the key; restore from a copy',
  },
  NotImplemented: {
    means: 'known to Kubernetes, not built here',
    caller: 'see docs/compat/kubernetes.md',
    operator: NOTHING,
  },
  ServiceUnavailable: { means: 'starting or shutting down', caller: 'retry', operator: NOTHING },
  Timeout: {
    means: 'not done within the deadline, or the resource version lies ahead of this server',
    caller: 'retry',
    operator: 'look at `apiserver_request_duration_seconds`',
  },
};

export const FAULTS: Readonly<Record<FaultCode, { means: string; operator: string }>> = {
  ERR_DATA_DIRECTORY: {
    means: 'the data directory cannot be made, read or written, is of another owner or of another layout',
    operator: 'the message says which; fix it or choose another `--data-dir`',
  },
  ERR_DATA_DIRECTORY_LOCKED: {
    means: 'another process serves from this data directory',
    operator: 'stop the process it names; a lock of a process that is gone is taken over by itself',
  },
  ERR_CA_FILES: {
    means: '`ca.crt` and `ca.key` are damaged, do not belong together or have expired',
    operator: 'restore both from one copy; removing both makes a new CA, and clients need its new `ca.crt`',
  },
  ERR_SIGNING_KEYS: {
    means: 'a signing key in the store is damaged, or its private half is missing',
    operator: 'restore the data directory from a copy; the message names the key',
  },
  ERR_LISTEN: {
    means: 'the address cannot be bound',
    operator: 'stop what listens there, or choose another `--listen`',
  },
};

export const STORAGE: Readonly<Record<StorageErrorCode, { means: string; leaves: string; operator: string }>> = {
  ERR_COMPACTED: { means: 'the revision is older than the kept history', leaves: '410 Expired', operator: NOTHING },
  ERR_FUTURE_REVISION: {
    means: 'the revision has not been written yet',
    leaves: '500 ServerTimeout',
    operator: NOTHING,
  },
  ERR_SLOW_WATCHER: {
    means: 'a watcher fell more than 10,000 events behind',
    leaves: 'the watch ends; clients list again',
    operator: NOTHING,
  },
  ERR_INVALID_REQUEST: {
    means: 'a key or transaction the store does not take',
    leaves: '500 InternalError',
    operator: 'report it: this is a defect',
  },
  ERR_REQUEST_TOO_LARGE: {
    means: 'a value over 1.5 MiB',
    leaves: '500 InternalError',
    operator: 'report it: the API refuses such objects earlier',
  },
  ERR_LEASE_NOT_FOUND: {
    means: 'a lease ended before its key was written',
    leaves: '500 InternalError',
    operator: 'retry; report it if it stays',
  },
  ERR_STORE_BUSY: {
    means: 'more than 16,384 writes wait',
    leaves: '500 InternalError',
    operator: 'the disk is too slow for the load',
  },
  ERR_STORE_CLOSED: { means: 'the server is shutting down', leaves: '503 ServiceUnavailable', operator: NOTHING },
  ERR_STORE_OPEN: {
    means: '`store.db` cannot be opened',
    leaves: 'the server does not start (exit 1)',
    operator: 'the message says why; restore from a copy if it is damaged',
  },
  ERR_STORE_FULL: {
    means: 'no space left on the disk',
    leaves: '500 ServerTimeout',
    operator: 'make room; writes go on by themselves',
  },
  ERR_STORE_FAULT: {
    means: 'the disk or the file failed',
    leaves: '500 InternalError',
    operator: 'the log has the cause; check the disk',
  },
};

/** Text of docs/reference/errors.md. */
export function errorsReference(): string {
  return `# Errors

Generated by \`node --conditions=source scripts/generate-reference.ts\` from scripts/reference/errors.ts; do not edit.

## On the command line
One line, \`error: …\`, on standard error. Exit code 2: what was typed or configured is wrong (\`ConfigError\`, and unknown
commands and flags); nothing was started. Exit code 1: it failed while running; \`--v=4\` adds the stack. A refused token ends
\`mayfly token inspect\` and \`mayfly token review\` with 1 as well.

## Status reasons
Every refusal of the API is a \`Status\` object with Kubernetes' own reasons.

| reason | code | means | the caller | the operator |
| --- | --- | --- | --- | --- |
${Object.entries(REASONS)
  .map(
    ([reason, { means, caller, operator }]) =>
      `| ${reason === '' ? '(none)' : `\`${reason}\``} | ${HTTP_CODE[reason as StatusReason]} | ${means} | ${caller} | ${operator} |`,
  )
  .join('\n')}

## Faults at start
The world is not as the server needs it. Exit code 1.

| code | means | the operator |
| --- | --- | --- |
${Object.entries(FAULTS)
  .map(([code, { means, operator }]) => `| \`${code}\` | ${means} | ${operator} |`)
  .join('\n')}

## The store
Codes stand in the log; callers see the status beside them.

| code | means | leaves as | the operator |
| --- | --- | --- | --- |
${Object.entries(STORAGE)
  .map(([code, { means, leaves, operator }]) => `| \`${code}\` | ${means} | ${leaves} | ${operator} |`)
  .join('\n')}
`;
}
