/**
 * The server's own token, made at start and never written down: how its controllers call it.
 *
 * Only a keyed digest of it is compared, in constant time. It also has an opinion on every other bearer token, which is
 * why TokenReview errors begin with `invalid bearer token`.
 *
 * @see kubernetes/apiserver pkg/server/config.go, AuthorizeClientBearerToken; spec authentication §2 (A0)
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { API_SERVER_USER, AUTHENTICATED_GROUP, MASTERS_GROUP, type UserInfo } from '@mayfly/api/user/user';
import type { Random } from '../../../random/random.ts';
import { type Authentication, NO_OPINION, type TokenAuthenticator } from '../authenticator.ts';

export class LoopbackAuthenticator implements TokenAuthenticator {
  readonly #key: Buffer;
  readonly #tokenLength: number;
  readonly #digest: Buffer;
  readonly #answer: Authentication;

  constructor({ token, random }: { token: string; random: Random }) {
    this.#key = random.bytes(32);
    this.#tokenLength = token.length;
    this.#digest = this.#digestOf(token);
    const user: UserInfo = {
      name: API_SERVER_USER,
      uid: random.uuid(),
      groups: [AUTHENTICATED_GROUP, MASTERS_GROUP],
      extra: {},
    };
    this.#answer = { outcome: 'authenticated', user, audiences: [] };
  }

  authenticateToken(token: string): Authentication {
    if (token.length !== this.#tokenLength) return NO_OPINION; // the length is no secret, and spares the digest
    return timingSafeEqual(this.#digestOf(token), this.#digest) ? this.#answer : NO_OPINION;
  }

  #digestOf(token: string): Buffer {
    return createHmac('sha256', this.#key).update(token).digest();
  }
}
