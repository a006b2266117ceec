/**
 * The keys tokens are signed and verified with, and how that changes over time.
 *
 * A key goes one way: `announced` (published, so that relying parties learn it), `signing` (at most one), `verifying`
 * (its tokens are running out), gone; when, `key-rotation.ts` decides. Readers hold an immutable snapshot; a rotation
 * replaces it as a whole, and with a new `generation` so that whoever rendered or cached something from the old one knows.
 *
 * @see spec service-account-tokens §2.6, §12
 */
import type { SigningKey, VerificationKey } from '../../jose/keys.ts';
import { newKeySigner, type Signer } from '../../jose/sign.ts';

export type KeyState = 'announced' | 'signing' | 'verifying';

export interface KeyringEntry {
  readonly key: VerificationKey;
  readonly state: KeyState;
  /** False: the key verifies, but the JWKS does not list it. */
  readonly isPublished: boolean;
}

export interface KeyringSnapshot {
  /** Grows with each change. */
  readonly generation: number;
  /** In configuration order, duplicates kept. */
  readonly entries: readonly KeyringEntry[];
  /** Undefined: this server issues no tokens. */
  readonly signer: Signer | undefined;
}

/**
 * Is told of each change.
 *
 * @param withdrawn `kid`s that verified until now although tokens of theirs may live: what was concluded from one of
 *   those, and is remembered, must be forgotten
 */
export type KeyringListener = (snapshot: KeyringSnapshot, withdrawn: readonly string[]) => void;

/** Where validators, issuer and discovery look keys up. */
export interface KeySource {
  readonly snapshot: KeyringSnapshot;
  /** Keys to try for a token: those named `kid`; every key, in order, when the token names none (empty `kid`). */
  candidates(kid: string): readonly VerificationKey[];
  /**
   * What signs a token that ends then. It is certain that its key verifies for as long.
   *
   * @param expiresAt epoch seconds, `exp` of the token; infinite for a legacy token
   * @throws Error when this server has no signing key
   */
  signerFor(expiresAt: number): Signer | Promise<Signer>;
  /** @returns a function that ends the subscription */
  onChange(listener: KeyringListener): () => void;
}

export const NO_SIGNING_KEY = 'no signing key is configured';
const NONE: ReadonlySet<string> = new Set();

export class Keyring implements KeySource {
  #snapshot: KeyringSnapshot;
  #byID: ReadonlyMap<string, readonly VerificationKey[]>;
  #all: readonly VerificationKey[];
  readonly #listeners = new Set<KeyringListener>();

  constructor(initial: Omit<KeyringSnapshot, 'generation'>) {
    this.#snapshot = { ...initial, generation: 1 };
    this.#all = initial.entries.map(({ key }) => key);
    this.#byID = Map.groupBy(this.#all, ({ kid }) => kid);
  }

  get snapshot(): KeyringSnapshot {
    return this.#snapshot;
  }

  candidates(kid: string): readonly VerificationKey[] {
    return kid === '' ? this.#all : (this.#byID.get(kid) ?? []);
  }

  /** Whoever names the files sees to it that the keys stay in them for as long as their tokens live. */
  signerFor(_expiresAt: number): Signer | Promise<Signer> {
    const { signer } = this.#snapshot;
    if (signer === undefined) throw new Error(NO_SIGNING_KEY);
    return signer;
  }

  /**
   * Puts a new set of keys in force at once and tells the listeners, in order of registration.
   *
   * @param expired of the keys that go: those of which no token lives any more
   */
  replace(next: Omit<KeyringSnapshot, 'generation'>, expired: ReadonlySet<string> = NONE): void {
    const before = this.#byID;
    this.#snapshot = { ...next, generation: this.#snapshot.generation + 1 };
    this.#all = next.entries.map(({ key }) => key);
    this.#byID = Map.groupBy(this.#all, ({ kid }) => kid);
    const withdrawn = [...before.keys()].filter((kid) => !this.#byID.has(kid) && !expired.has(kid));
    for (const listener of this.#listeners) listener(this.#snapshot, withdrawn);
  }

  onChange(listener: KeyringListener): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }
}

/**
 * The keyring of a server whose keys come from files.
 *
 * The signing key is not added to the verification keys: an operator who forgets to list it is told so
 * (`signsWhatItVerifies`), as upstream's tokens would be refused too.
 */
export function newFileKeyring(keys: {
  signingKey: SigningKey | undefined;
  verificationKeys: readonly VerificationKey[];
}): Keyring {
  const entries = keys.verificationKeys.map((key): KeyringEntry => {
    return { key, state: key.kid === keys.signingKey?.kid ? 'signing' : 'verifying', isPublished: true };
  });
  return new Keyring({ entries, signer: keys.signingKey && newKeySigner(keys.signingKey) });
}

/** False when this server would refuse the tokens it signs. */
export function signsWhatItVerifies({ signer, entries }: KeyringSnapshot): boolean {
  return signer === undefined || entries.some(({ key }) => key.kid === signer.key.kid);
}
