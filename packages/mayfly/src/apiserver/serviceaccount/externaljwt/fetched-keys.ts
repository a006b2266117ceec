/**
 * May this answer to FetchKeys replace the keys we have? One thing wrong with it, and all of it is refused: half a set
 * would refuse good tokens.
 *
 * @see kubernetes/kubernetes pkg/serviceaccount/externaljwt/plugin/keycache.go, getTokenVerificationKeys
 */
import { createPublicKey } from 'node:crypto';
import { goQuote } from '@mayfly/api/validation/field-error';
import { newVerificationKey, type VerificationKey } from '../../../jose/keys.ts';
import type { KeyringEntry } from '../keyring.ts';
import { MAX_KEY_ID_BYTES } from './header.ts';
import type { ExternalKey, FetchKeysResponse, Timestamp } from './messages.ts';
import { whileDoing } from './rpc-error.ts';

export interface FetchedKeys {
  /** In the signer's order. */
  readonly entries: readonly KeyringEntry[];
  /** Epoch seconds: when the signer took the keys from where they are kept. */
  readonly dataTimestamp: number;
  readonly refreshHintSeconds: number;
}

/** @throws Error with Kubernetes' texts */
export function acceptKeys({ keys, dataTimestamp, refreshHintSeconds }: FetchKeysResponse): FetchedKeys {
  if (refreshHintSeconds <= 0) throw new Error(`found invalid refresh hint (${refreshHintSeconds}s)`);
  if (keys.length === 0) throw new Error('found no keys');
  const seconds = validSeconds(dataTimestamp);
  return { entries: keys.map(acceptKey), dataTimestamp: seconds, refreshHintSeconds };
}

/** Of the years 1 to 9999. @see golang/protobuf types/known/timestamppb, CheckValid */
const MIN_SECONDS = -62_135_596_800;
const MAX_SECONDS = 253_402_300_799;

function validSeconds(timestamp: Timestamp | undefined): number {
  const complaint = timestampComplaint(timestamp);
  if (timestamp === undefined || complaint !== undefined)
    throw new Error(`invalid data timestamp: proto: ${complaint}`);
  return timestamp.seconds + timestamp.nanos / 1e9;
}

function timestampComplaint(timestamp: Timestamp | undefined): string | undefined {
  if (timestamp === undefined) return 'invalid nil Timestamp';
  const { seconds, nanos } = timestamp;
  const shown = `timestamp (seconds:${seconds} nanos:${nanos})`;
  if (seconds < MIN_SECONDS) return `${shown} before 0001-01-01`;
  if (seconds > MAX_SECONDS) return `${shown} after 9999-12-31`;
  return nanos < 0 || nanos >= 1e9 ? `${shown} has out-of-range nanos` : undefined;
}

function acceptKey({ keyID, der, isExcluded }: ExternalKey): KeyringEntry {
  const length = Buffer.byteLength(keyID);
  if (length === 0 || length > MAX_KEY_ID_BYTES) throw new Error(`found invalid public key id ${goQuote(keyID)}`);
  if (der.length === 0) throw new Error('found empty public key');
  return { key: { ...parsePublicKey(der), kid: keyID }, state: 'verifying', isPublished: !isExcluded };
}

/** The name such a key would have here does not count: it is called what the signer calls it. */
function parsePublicKey(der: Uint8Array): VerificationKey {
  try {
    return newVerificationKey(createPublicKey({ key: Buffer.from(der), format: 'der', type: 'spki' }));
  } catch (error) {
    throw whileDoing('parsing external public keys', error);
  }
}
