/**
 * Private halves of the signing keys in the store: the only module that reads or writes them.
 *
 * They lie outside `/registry/`, so that no path of the API can reach one. A private half is written together with the
 * public one, and deleted when its key stops signing: nothing needs it after that.
 */
import { parseSigningKey } from '../../../jose/key-file.ts';
import type { SigningKey } from '../../../jose/keys.ts';
import { type KeyValue, type Operation, prefixEnd, type RangeRequest } from '../../../storage/store.ts';

const PREFIX = '/mayfly/signingkeys/private/';
const RECORD_VERSION = 1;

interface PrivateKeyRecord {
  readonly version: typeof RECORD_VERSION;
  /** PEM, PKCS#8. */
  readonly privateKey: string;
}

/** All of them. */
export const PRIVATE_KEYS_RANGE: RangeRequest = { key: PREFIX, rangeEnd: prefixEnd(PREFIX) };

export function putPrivateKey({ kid, privateKey }: SigningKey): Operation {
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  const record: PrivateKeyRecord = { version: RECORD_VERSION, privateKey: pem };
  return { type: 'put', key: PREFIX + kid, value: new TextEncoder().encode(JSON.stringify(record)) };
}

export function deletePrivateKey(kid: string): Operation {
  return { type: 'delete', key: PREFIX + kid };
}

/** @returns the `kid` a record is filed under */
export function kidOfPrivateKey({ key }: KeyValue): string {
  return key.slice(PREFIX.length);
}

/** @throws Error when the record is damaged, or is another key's; the text holds nothing of it */
export function readPrivateKey(kv: KeyValue): SigningKey {
  const key = parseSigningKey(recordOf(kv).privateKey);
  if (key.kid !== kidOfPrivateKey(kv)) throw new Error('the private half belongs to another key');
  return key;
}

function recordOf({ value }: KeyValue): PrivateKeyRecord {
  const record = parseJSON(value) as Partial<PrivateKeyRecord> | null;
  if (typeof record?.privateKey !== 'string') throw new Error('the private half is damaged');
  if (record.version !== RECORD_VERSION) throw new Error('the private half was written by a newer version');
  return record as PrivateKeyRecord;
}

function parseJSON(value: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(value));
  } catch {
    return null; // the parser's text would quote the record
  }
}
