/**
 * Uses of legacy tokens on their way to the label that tells of them, once a day and Secret.
 *
 * Authentication drops them here and waits for nothing; a controller writes them. What does not fit is dropped: the
 * next use that is not answered from the cache tells of it again.
 */
import type { Secret } from '@mayfly/api/core/v1/secret';
import { DAY_MS, LAST_USED_LABEL, utcDate } from './labels.ts';

export interface LegacyTokenUse {
  readonly namespace: string;
  readonly secretName: string;
  /** A Secret made anew under the name was not used. */
  readonly secretUID: string;
  /** UTC. */
  readonly date: string;
}

/** Secrets whose label may wait to be written at the same time. */
export const MAX_PENDING_USES = 4096;

/**
 * What to write for a use now; undefined when the label says it already.
 *
 * Tomorrow counts as today: another server's clock may be ahead of ours by midnight.
 *
 * @see kubernetes/kubernetes pkg/serviceaccount/legacy.go, patchSecretWithLastUsedDate; spec service-account-tokens §8.5
 */
export function useToRecord({ metadata = {} }: Secret, nowMs: number): LegacyTokenUse | undefined {
  const { namespace = '', name: secretName = '', uid: secretUID = '', labels } = metadata;
  const date = utcDate(nowMs);
  const known = labels?.[LAST_USED_LABEL];
  if (known === date || known === utcDate(nowMs + DAY_MS)) return undefined;
  return { namespace, secretName, secretUID, date };
}

export class LegacyTokenUses {
  readonly #pending = new Map<string, LegacyTokenUse>();
  readonly #max: number;
  #consumer: ((use: LegacyTokenUse) => Promise<void>) | undefined;
  #running: Promise<void> | undefined;

  constructor(max: number = MAX_PENDING_USES) {
    this.#max = max;
  }

  /** Never throws and never waits. */
  used(secret: Secret, nowMs: number): void {
    const use = useToRecord(secret, nowMs);
    if (use === undefined || this.#pending.size >= this.#max) return;
    const key = `${use.secretUID} ${use.date}`;
    if (this.#pending.has(key)) return;
    this.#pending.set(key, use);
    this.#start();
  }

  /**
   * Hands every use to `write`, one at a time; what came before waits for it. A use that could not be written is gone.
   *
   * @param write must not reject
   * @returns a function that ends it, and resolves when the write under way is over
   */
  consume(write: (use: LegacyTokenUse) => Promise<void>): () => Promise<void> {
    this.#consumer = write;
    this.#start();
    return async () => {
      this.#consumer = undefined;
      await this.#running;
    };
  }

  #start(): void {
    if (this.#consumer !== undefined && this.#pending.size > 0) this.#running ??= this.#drain();
  }

  async #drain(): Promise<void> {
    await Promise.resolve(); // whoever authenticates is not kept waiting for the first write
    for (const [key, use] of this.#pending) {
      if (this.#consumer === undefined) break;
      await this.#consumer(use);
      this.#pending.delete(key); // only now: a second use meanwhile is the same one
    }
    this.#running = undefined;
  }
}
