/** All revocations in force, so arranged that one look-up for each thing a token hangs on finds what means it. */
import type { TokenCredential } from './credential.ts';
import { type GroupRevocation, matchOf, type Revocation } from './revocation.ts';

/** `ask`: which revocations mean the token if they are younger than its row in the ledger. */
export type IndexVerdict = 'good' | 'revoked' | { readonly ask: readonly string[] };

type Group = Map<string, GroupRevocation>;

export class RevocationIndex {
  readonly #credentials = new Set<string>();
  readonly #groups: Readonly<Record<GroupRevocation['by'], Map<string, Group>>> = {
    serviceAccount: new Map(),
    pod: new Map(),
    node: new Map(),
  };
  #groupCount = 0;

  /** Revocations in force. */
  get size(): number {
    return this.#credentials.size + this.#groupCount;
  }

  add(revocation: Revocation): void {
    if (revocation.by === 'credential') {
      this.#credentials.add(revocation.name);
      return;
    }
    const groups = this.#groups[revocation.by];
    const group: Group = groups.get(revocation.uid) ?? new Map<string, GroupRevocation>();
    if (!group.has(revocation.name)) this.#groupCount++;
    group.set(revocation.name, revocation);
    groups.set(revocation.uid, group);
  }

  remove(revocation: Revocation): void {
    if (revocation.by === 'credential') {
      this.#credentials.delete(revocation.name);
      return;
    }
    const groups = this.#groups[revocation.by];
    const group = groups.get(revocation.uid);
    if (group?.delete(revocation.name)) this.#groupCount--;
    if (group?.size === 0) groups.delete(revocation.uid);
  }

  verdict(credential: TokenCredential): IndexVerdict {
    if (this.#credentials.has(credential.id)) return 'revoked';
    if (this.#groupCount === 0) return 'good';
    const ask: string[] = [];
    const { serviceAccount, pod, node } = this.#groups;
    for (const group of [
      serviceAccount.get(credential.serviceAccountUID),
      credential.podUID === undefined ? undefined : pod.get(credential.podUID),
      credential.nodeUID === undefined ? undefined : node.get(credential.nodeUID),
    ]) {
      if (group === undefined) continue;
      if (judge(group, credential, ask) === 'revoked') return 'revoked';
    }
    return ask.length === 0 ? 'good' : { ask };
  }
}

function judge(group: Group, credential: TokenCredential, ask: string[]): 'revoked' | undefined {
  for (const revocation of group.values()) {
    const match = matchOf(revocation, credential);
    if (match === 'yes') return 'revoked';
    if (match === 'ask') ask.push(revocation.name);
  }
  return undefined;
}
