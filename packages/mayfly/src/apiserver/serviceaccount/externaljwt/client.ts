/**
 * Calls the external signer: gRPC over a Unix socket, which is protected by its file's permissions and not by TLS.
 *
 * Every call has a deadline and waits for the socket until then, so a signer that restarts costs time, not tokens. What
 * waits is bounded: a signer that hangs must not take every place there is for requests.
 *
 * @see KEP 740; spec service-account-tokens §13
 */
import { resolve } from 'node:path';
import { Client, credentials, Metadata, type ServiceError } from '@grpc/grpc-js';
import type { Clock } from '../../../clock/clock.ts';
import {
  decodeFetchKeysResponse,
  decodeMetadataResponse,
  decodeSignResponse,
  encodeSignRequest,
  type FetchKeysResponse,
  type MetadataResponse,
  type Method,
  SERVICE,
  type SignResponse,
} from './messages.ts';
import { type RPCCode, RPCError, rpcCode } from './rpc-error.ts';

export interface SignerClient {
  /** @param claims the payload in base64url. @throws RPCError */
  sign(claims: string): Promise<SignResponse>;
  /** @throws RPCError */
  fetchKeys(): Promise<FetchKeysResponse>;
  /** @throws RPCError */
  metadata(): Promise<MetadataResponse>;
  close(): void;
}

export interface SignerClientDeps {
  /** A path, or `@` and the name of an abstract socket. */
  readonly endpoint: string;
  readonly clock: Clock;
  /** `apiserver_externaljwt_request_duration_seconds` */
  readonly observeCall: (method: string, code: RPCCode, seconds: number) => void;
}

/**
 * Differs: upstream lets a signature take as long as the request may, a minute. A kubelet asks again long before, and
 * what waits for a signer that hangs is missing elsewhere.
 */
export const SIGN_DEADLINE_MS = 10_000;
export const FETCH_KEYS_DEADLINE_MS = 60_000;
export const METADATA_DEADLINE_MS = 10_000;
const DEADLINE_MS: Readonly<Record<Method, number>> = {
  Sign: SIGN_DEADLINE_MS,
  FetchKeys: FETCH_KEYS_DEADLINE_MS,
  Metadata: METADATA_DEADLINE_MS,
};

/** Half of the places for writing requests: the other half stays for what needs no signature, reviews above all. */
export const MAX_WAITING_SIGNATURES = 100;

const OPTIONS = {
  'grpc.default_authority': 'localhost',
  'grpc.initial_reconnect_backoff_ms': 100, // it is on this machine: knocking often costs nothing
  'grpc.max_reconnect_backoff_ms': 5000,
};

/** Nothing is sent yet. This module brings the gRPC library with it: load it only where there is a signer. */
export function newSignerClient({ endpoint, clock, observeCall }: SignerClientDeps): SignerClient {
  const client = new Client(targetOf(endpoint), credentials.createInsecure(), OPTIONS);
  const waiting = new Metadata({ waitForReady: true });
  let signing = 0;

  async function call<T>(method: Method, request: Uint8Array, decode: (response: Uint8Array) => T): Promise<T> {
    const path = `/${SERVICE}/${method}`;
    const startMs = clock.monotonicMs();
    let code: RPCCode = 'OK';
    try {
      return await unary({ client, clock, path, deadlineMs: DEADLINE_MS[method], metadata: waiting, request, decode });
    } catch (error) {
      code = error instanceof RPCError ? error.code : 'Unknown';
      throw error;
    } finally {
      observeCall(path, code, (clock.monotonicMs() - startMs) / 1000);
    }
  }

  return {
    async sign(claims) {
      if (signing >= MAX_WAITING_SIGNATURES) {
        throw new RPCError('ResourceExhausted', `${signing} signatures are waiting for the external signer already`);
      }
      signing++;
      try {
        return await call('Sign', encodeSignRequest(claims), decodeSignResponse);
      } finally {
        signing--;
      }
    },
    fetchKeys: () => call('FetchKeys', NOTHING, decodeFetchKeysResponse),
    metadata: () => call('Metadata', NOTHING, decodeMetadataResponse),
    close: () => client.close(),
  };
}

const NOTHING = new Uint8Array();

/** Node.js names an abstract socket by a leading zero byte. */
function targetOf(endpoint: string): string {
  return `unix:${endpoint.startsWith('@') ? `\0${endpoint.slice(1)}` : resolve(endpoint)}`;
}

interface UnaryCall<T> {
  readonly client: Client;
  readonly clock: Clock;
  readonly path: string;
  readonly deadlineMs: number;
  readonly metadata: Metadata;
  readonly request: Uint8Array;
  readonly decode: (response: Uint8Array) => T;
}

/** The deadline is kept here and not by the library, whose clock cannot be moved. */
function unary<T>({ client, clock, path, deadlineMs, metadata, request, decode }: UnaryCall<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    let isLate = false;
    const done = (error: ServiceError | null, response?: T): void => {
      timer.cancel();
      if (error === null) resolve(response as T);
      else if (isLate) reject(new RPCError('DeadlineExceeded', `no answer within ${deadlineMs / 1000}s`));
      else reject(new RPCError(rpcCode(error.code), error.details));
    };
    const call = client.makeUnaryRequest(path, asBuffer, decode, request, metadata, done);
    const timer = clock.setTimer(deadlineMs, () => {
      isLate = true;
      call.cancel();
    });
  });
}

function asBuffer(request: Uint8Array): Buffer {
  return Buffer.from(request);
}
