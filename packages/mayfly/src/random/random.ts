import { randomBytes, randomInt, randomUUID } from 'node:crypto';

/** Randomness as a parameter. */
export interface Random {
  bytes(length: number): Buffer;
  /** Lower-case UUID v4. */
  uuid(): string;
  /** Integer in `[0, max)`, uniform. */
  int(max: number): number;
}

export const systemRandom: Random = {
  bytes: (length) => randomBytes(length),
  uuid: () => randomUUID(),
  int: (max) => randomInt(max),
};

/** The alphabet of generated name suffixes: no vowels, so no words. @see kubernetes/apimachinery pkg/util/rand/rand.go */
const SUFFIX_ALPHABET = 'bcdfghjklmnpqrstvwxz2456789';

/** Five characters such as `x7k2p`, as Kubernetes appends to a `generateName`. */
export function nameSuffix(random: Random): string {
  let suffix = '';
  for (let i = 0; i < 5; i++) suffix += SUFFIX_ALPHABET[random.int(SUFFIX_ALPHABET.length)];
  return suffix;
}
