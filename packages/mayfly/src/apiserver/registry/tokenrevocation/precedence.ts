/**
 * Was a token issued before a revocation was made? The store knows: keys have the revision they were created at.
 *
 * The answer never changes, so it is remembered. A token without a row counts as issued before: every token that may
 * still be used has one.
 */
import type { Store } from '../../../storage/store.ts';
import type { TokenCredential } from '../../serviceaccount/revocation/credential.ts';
import { issuedTokenKeys } from '../issuedtoken/strategy.ts';
import { tokenRevocationKeys } from './strategy.ts';

/** Answers remembered, the oldest forgotten first: a forgotten one costs a read. */
const MAX_REMEMBERED = 65_536;

export class Precedence {
  readonly #store: Store;
  readonly #known = new Map<string, boolean>();

  constructor(store: Store) {
    this.#store = store;
  }

  /** @throws StorageError when the store cannot answer */
  async issuedBeforeAny(token: TokenCredential, revocations: readonly string[]): Promise<boolean> {
    for (const name of revocations) if (await this.#issuedBefore(token, name)) return true;
    return false;
  }

  async #issuedBefore({ id, namespace }: TokenCredential, revocation: string): Promise<boolean> {
    const key = `${id} ${revocation}`;
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const row = id === '' ? undefined : await this.#createRevision(issuedTokenKeys.key(namespace, id));
    const made = await this.#createRevision(tokenRevocationKeys.key('', revocation));
    if (made === undefined) return false; // it has just ended
    const answer = row === undefined || row < made;
    this.#remember(key, answer);
    return answer;
  }

  async #createRevision(key: string): Promise<number | undefined> {
    const { kvs } = await this.#store.range({ key });
    return kvs[0]?.createRevision;
  }

  #remember(key: string, answer: boolean): void {
    if (this.#known.size >= MAX_REMEMBERED) {
      const [oldest] = this.#known.keys();
      if (oldest !== undefined) this.#known.delete(oldest);
    }
    this.#known.set(key, answer);
  }
}
