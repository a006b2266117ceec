/** For tests: an external signer that is real gRPC over a real socket, with real keys, and does as it is told. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Server, ServerCredentials, type ServerUnaryCall, type sendUnaryData, status } from '@grpc/grpc-js';
import { message, number, concat as protobuf, text } from '@mayfly/api/protobuf/writer';
import { generateSigningKey, type SigningKey } from '../../../jose/keys.ts';
import { newKeySigner } from '../../../jose/sign.ts';
import { decodeSignResponse, type Method, SERVICE, type Timestamp } from './messages.ts';

/** One for all tests of a process. */
export const EXTERNAL_KEY: SigningKey = await generateSigningKey('P-256');

export interface FakeKey {
  readonly keyID: string;
  readonly der: Uint8Array;
  readonly isExcluded?: boolean;
}

/** What it answers; tests change any of it at any time. */
export interface Behaviour {
  keys: readonly FakeKey[];
  dataTimestamp: Timestamp | undefined;
  refreshHintSeconds: number;
  maxTokenExpirationSeconds: number;
  /** Which header stands before what is signed; its kid and key need not belong together. */
  header: Readonly<Record<string, unknown>> | string;
  signingKey: SigningKey;
  /** Replaces the right signature. */
  signature: string | undefined;
  /** Methods that fail with a gRPC status, or never answer. */
  readonly faults: Map<Method, 'hang' | { readonly code: number; readonly details: string }>;
}

export interface FakeSigner {
  readonly endpoint: string;
  readonly behaviour: Behaviour;
  /** Every call so far. */
  readonly calls: Method[];
  /** Claims of every Sign so far, in base64url. */
  readonly claims: string[];
  /** `:authority` of the last call. */
  authority(): string;
  close(): Promise<void>;
}

export function newBehaviour(): Behaviour {
  return {
    keys: [keyOf(EXTERNAL_KEY, 'external-1')],
    dataTimestamp: { seconds: 1_767_225_600, nanos: 500_000_000 },
    refreshHintSeconds: 300,
    maxTokenExpirationSeconds: 7200,
    header: { alg: 'ES256', kid: 'external-1', typ: 'JWT' },
    signingKey: EXTERNAL_KEY,
    signature: undefined,
    faults: new Map(),
  };
}

export function keyOf({ publicKey }: SigningKey, keyID: string, isExcluded = false): FakeKey {
  return { keyID, der: publicKey.export({ type: 'spki', format: 'der' }), isExcluded };
}

/** @param endpoint a path or `@name`; default: a socket in a folder of its own */
export async function startFakeSigner(behaviour: Behaviour = newBehaviour(), endpoint?: string): Promise<FakeSigner> {
  const home = await mkdtemp(join(tmpdir(), 'mayfly-signer-'));
  const path = endpoint ?? join(home, 'signer.sock');
  const calls: Method[] = [];
  const claims: string[] = [];
  let authority = '';
  const server = new Server();
  const answer =
    (method: Method, respond: (request: Buffer) => Uint8Array | Promise<Uint8Array>) =>
    (call: ServerUnaryCall<Buffer, Uint8Array>, callback: sendUnaryData<Uint8Array>): void => {
      calls.push(method);
      authority = call.getHost();
      const fault = behaviour.faults.get(method);
      if (fault === 'hang') return;
      if (fault !== undefined) callback(fault);
      else void Promise.resolve(respond(call.request)).then((response) => callback(null, response));
    };
  server.addService(definition(['Sign', 'FetchKeys', 'Metadata']), {
    Sign: answer('Sign', (request) => {
      const { header: received } = decodeSignResponse(request); // field 1 is a text in both
      claims.push(received);
      return sign(behaviour, received);
    }),
    FetchKeys: answer('FetchKeys', () => encodeKeys(behaviour)),
    Metadata: answer('Metadata', () => number(1, behaviour.maxTokenExpirationSeconds)),
  });
  const target = path.startsWith('@') ? `unix:\0${path.slice(1)}` : `unix:${path}`;
  await new Promise<void>((resolve, reject) => {
    server.bindAsync(target, ServerCredentials.createInsecure(), (error) => (error ? reject(error) : resolve()));
  });
  return {
    endpoint: path,
    behaviour,
    calls,
    claims,
    authority: () => authority,
    async close() {
      server.forceShutdown();
      await rm(home, { recursive: true, force: true });
    },
  };
}

function definition(methods: readonly Method[]) {
  const pass = (bytes: Uint8Array): Buffer => Buffer.from(bytes);
  return Object.fromEntries(
    methods.map((method) => [
      method,
      {
        path: `/${SERVICE}/${method}`,
        requestStream: false,
        responseStream: false,
        requestSerialize: pass,
        requestDeserialize: pass,
        responseSerialize: pass,
        responseDeserialize: pass,
      },
    ]),
  );
}

async function sign({ header, signingKey, signature }: Behaviour, claims: string): Promise<Uint8Array> {
  const encoded = typeof header === 'string' ? header : Buffer.from(JSON.stringify(header)).toString('base64url');
  const made = await newKeySigner(signingKey).sign(Buffer.from(`${encoded}.${claims}`));
  return protobuf([text(1, encoded), text(2, signature ?? made.toString('base64url'))]);
}

export function encodeKeys({ keys, dataTimestamp, refreshHintSeconds }: Behaviour): Uint8Array {
  return protobuf([
    ...keys.map(({ keyID, der, isExcluded = false }) =>
      message(1, text(1, keyID), message(2, der), ...(isExcluded ? [number(3, 1)] : [])),
    ),
    ...(dataTimestamp === undefined
      ? []
      : [message(2, number(1, dataTimestamp.seconds), number(2, dataTimestamp.nanos))]),
    number(3, refreshHintSeconds),
  ]);
}

export const UNAVAILABLE = { code: status.UNAVAILABLE, details: 'the vault is sealed' };
