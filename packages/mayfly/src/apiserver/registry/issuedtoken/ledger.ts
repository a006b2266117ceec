/**
 * The token ledger: who was given which token, for what, until when, and when it was last seen. Never the token.
 *
 * A row is durable before its token is handed out. It is written while the token is being signed, so a row may remain of
 * a token that failed to be signed: harmless, where a token without a row would be one nobody can account for.
 *
 * Uses are noted in memory (`noted-uses.ts`) and written in batches by a timer: the request path pays for a map look-up.
 * Rows go when their lease ends, soon after the token.
 */
import type { IssuedToken, IssuedTokenSpec } from '@mayfly/api/identity/v1alpha1/issued-token';
import type { Clock, Timer } from '../../../clock/clock.ts';
import type { Log } from '../../../log/log.ts';
import type { StaleUse } from '../../../metrics/stale-uses.ts';
import type { Random } from '../../../random/random.ts';
import type { Store } from '../../../storage/store.ts';
import { encodeObject } from '../generic/codec.ts';
import { storageStatus } from '../generic/storage-status.ts';
import { LedgerLeases } from './leases.ts';
import { NotedUses, type TokenUses, type UsedBy } from './noted-uses.ts';
import { ISSUED_TOKEN_DEFINITION, ISSUED_TOKEN_VERSION, issuedTokenKeys } from './strategy.ts';
import { rememberRow, writeUses } from './uses.ts';

const FLUSH_INTERVAL_MS = 60_000;

export interface LedgerEntry {
  readonly jti: string;
  readonly namespace: string;
  /** Epoch seconds. */
  readonly expiresAt: number;
  readonly spec: IssuedTokenSpec;
}

export interface LedgerUse extends UsedBy {
  readonly namespace: string;
  readonly atMs: number;
}

export interface Ledger {
  /** Answers when the row is durable. @throws StatusError when it cannot be written: then no token may be handed out */
  record(entry: LedgerEntry): Promise<void>;
  /** Notes that a token was used. @param id its `jti`, of a credential that was verified */
  used(id: string, use: LedgerUse): void;
  /** Writes what is noted; at shutdown, and by the ledger's own timer. */
  flush(): Promise<void>;
}

export interface LedgerDeps {
  readonly store: Store;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** `mayfly_stale_token_uses_total`; told when the use is written. */
  readonly onStaleUse: (use: StaleUse) => void;
}

const resource = { group: ISSUED_TOKEN_DEFINITION.group, resource: ISSUED_TOKEN_DEFINITION.resource };

export class StoreLedger implements Ledger {
  readonly #deps: LedgerDeps;
  readonly #leases: LedgerLeases;
  readonly #uses = new NotedUses();
  #timer: Timer | undefined;
  #flushing: Promise<void> = Promise.resolve();

  constructor(deps: LedgerDeps) {
    this.#deps = deps;
    this.#leases = new LedgerLeases(deps);
  }

  async record(entry: LedgerEntry): Promise<void> {
    const key = issuedTokenKeys.key(entry.namespace, entry.jti);
    const row = this.#rowOf(entry);
    const value = encodeObject(row);
    try {
      const lease = await this.#leases.leaseFor(entry.expiresAt);
      const { succeeded, results } = await this.#deps.store.txn({
        compare: [{ key, target: 'modRevision', equals: 0 }],
        success: [{ type: 'put', key, value, lease }],
      });
      if (!succeeded) throw new Error('a token with this id was already issued');
      rememberRow(results[0], row);
    } catch (error) {
      throw storageStatus(error, resource, 'create');
    }
  }

  #rowOf({ jti, namespace, spec }: LedgerEntry): IssuedToken {
    return {
      kind: ISSUED_TOKEN_DEFINITION.kind,
      apiVersion: `${ISSUED_TOKEN_DEFINITION.group}/${ISSUED_TOKEN_VERSION}`,
      metadata: { name: jti, namespace, uid: this.#deps.random.uuid(), creationTimestamp: spec.issuedAt },
      spec,
    };
  }

  used(id: string, use: LedgerUse): void {
    const isNoted = this.#uses.note(id, use, use.atMs, () => issuedTokenKeys.key(use.namespace, id));
    if (isNoted) this.#timer ??= this.#deps.clock.setTimer(FLUSH_INTERVAL_MS, () => void this.flush());
  }

  /** One flush at a time: the rows' versions are read before they are written. */
  flush(): Promise<void> {
    this.#timer?.cancel();
    this.#timer = undefined;
    const { uses, unrecorded } = this.#uses.take();
    if (unrecorded > 0) this.#deps.log.warn('uses of issued tokens went unrecorded', { count: unrecorded });
    this.#flushing = this.#flushing.then(() => this.#write(uses));
    return this.#flushing;
  }

  /** Never rejects: a use that cannot be noted must not end the server. */
  async #write(uses: readonly TokenUses[]): Promise<void> {
    const { log, store, onStaleUse } = this.#deps;
    try {
      await writeUses(store, uses, onStaleUse);
    } catch (error) {
      log.warn('the last uses of issued tokens could not be written', { count: uses.length, error });
    }
  }
}

export function newLedger(deps: LedgerDeps): Ledger {
  return new StoreLedger(deps);
}
