/** For tests: the signing keys of one server over a store that others may share, with a clock of its own. */
import { FakeClock } from '../../../clock/fake-clock.ts';
import type { SigningAlgorithm } from '../../../jose/algorithms.ts';
import { generateSigningKey } from '../../../jose/keys.ts';
import { type Log, silentLog } from '../../../log/log.ts';
import { SeededRandom } from '../../../random/seeded-random.ts';
import type { Store, TxnRequest, TxnResponse } from '../../../storage/store.ts';
import { ensureActiveKey } from './first-key.ts';
import { StoredKeyring } from './stored-keyring.ts';
import { StoredKeyRotator } from './stored-rotator.ts';

export const DAY_MS = 86_400_000;
export const NOW_MS = Date.UTC(2026, 0, 1);

export interface KeyServer {
  readonly clock: FakeClock;
  readonly keyring: StoredKeyring;
  readonly rotator: StoredKeyRotator;
  /** What was logged, level first. */
  readonly logged: readonly string[];
  /** Key id of a token that lives so long from now. */
  sign(seconds: number): Promise<string>;
}

export interface KeyServerOptions {
  readonly store: Store;
  readonly clock?: FakeClock;
  readonly intervalMs?: number;
  readonly algorithm?: SigningAlgorithm;
  readonly countLegacyTokens?: (kid: string) => Promise<number>;
}

const SHAPES = { RS256: 'RSA', ES256: 'P-256', ES384: 'P-384', ES512: 'P-521' } as const;

export async function startKeyServer(options: KeyServerOptions): Promise<KeyServer> {
  const { store, clock = new FakeClock(NOW_MS), intervalMs = 30 * DAY_MS, algorithm = 'ES256' } = options;
  const logged: string[] = [];
  const note = (level: string) => (text: string) => void logged.push(`${level} ${text}`);
  const log: Log = { ...silentLog, info: note('info'), warn: note('warn'), error: note('error') };
  const deps = { store, clock, log, random: new SeededRandom(1), algorithm, intervalMs };
  const generateKey = (wanted: SigningAlgorithm) => generateSigningKey(SHAPES[wanted]);
  await ensureActiveKey({ ...deps, generateKey, earlierKeys: async () => [] });
  const keyring = await StoredKeyring.open(deps);
  clock.advance(1000); // so that the first key is the oldest also where another follows at once
  const countLegacyTokens = options.countLegacyTokens ?? (async () => 0);
  const rotator = new StoredKeyRotator({ ...deps, keyring, generateKey, countLegacyTokens });
  const sign = async (seconds: number) => (await keyring.signerFor(clock.nowMs() / 1000 + seconds)).key.kid;
  return { clock, keyring, rotator, logged, sign };
}

/** A store whose owner is killed at the n-th write: before it, or after it, in either case without an answer. */
export class KillingStore implements Store {
  readonly #store: Store;
  #writesLeft: number;
  readonly #when: 'before' | 'after';

  constructor(store: Store, writes: number, when: 'before' | 'after') {
    this.#store = store;
    this.#writesLeft = writes;
    this.#when = when;
  }

  get isKilled(): boolean {
    return this.#writesLeft <= 0;
  }

  async txn(request: TxnRequest): Promise<TxnResponse> {
    if (this.isKilled) throw new Error('killed');
    if (!request.success.some(({ type }) => type !== 'range')) return this.#store.txn(request);
    this.#writesLeft--;
    if (this.isKilled && this.#when === 'before') throw new Error('killed');
    const response = await this.#store.txn(request);
    if (this.isKilled) throw new Error('killed');
    return response;
  }

  range: Store['range'] = (request) => this.#store.range(request);
  watch: Store['watch'] = (request) => this.#store.watch(request);
  compact: Store['compact'] = (revision) => this.#store.compact(revision);
  grantLease: Store['grantLease'] = (ttlSeconds) => this.#store.grantLease(ttlSeconds);
  close: Store['close'] = () => this.#store.close();
}
