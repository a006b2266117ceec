/** Stored revocations, as enforcement sees them. */
import type { ObjectIdentity } from '@mayfly/api/identity/v1alpha1/issued-token';
import type { TokenRevocation } from '@mayfly/api/identity/v1alpha1/token-revocation';
import { parseTime } from '@mayfly/api/meta/v1/time';
import type { KeyValue } from '../../../storage/store.ts';
import type { GroupRevocation, Revocation } from '../../serviceaccount/revocation/revocation.ts';
import { decodeOnce } from '../generic/codec.ts';

export function decodeRevocation(kv: KeyValue): TokenRevocation {
  return decodeOnce(kv) as unknown as TokenRevocation;
}

/** @throws Error when the object cannot be enforced: one that is passed over would leave tokens alive */
export function revocationOf({ metadata, spec }: TokenRevocation): Revocation {
  const name = metadata?.name ?? '';
  if (spec.credentialID !== undefined) return { by: 'credential', name: spec.credentialID };
  const [by, { uid = '' }] = groupOf(name, spec);
  const createdAt = secondsOf(name, metadata?.creationTimestamp);
  const issuedBefore = spec.issuedBefore === undefined ? undefined : secondsOf(name, spec.issuedBefore);
  if (uid === '') throw new Error(`the stored revocation "${name}" names no uid`);
  return { by, name, uid, issuedBefore, createdAt };
}

function groupOf(name: string, spec: TokenRevocation['spec']): [GroupRevocation['by'], ObjectIdentity] {
  if (spec.serviceAccount !== undefined) return ['serviceAccount', spec.serviceAccount];
  if (spec.pod !== undefined) return ['pod', spec.pod];
  if (spec.node !== undefined) return ['node', spec.node];
  throw new Error(`the stored revocation "${name}" means nothing`);
}

function secondsOf(name: string, time: string | null | undefined): number {
  const ms = parseTime(time ?? '');
  if (ms === undefined) throw new Error(`the stored revocation "${name}" has an unreadable time`);
  return ms / 1000;
}
