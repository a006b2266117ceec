/** TokenReview: is this token good, and whose is it? Not stored. @see kubernetes/api authentication/v1/types.go; spec service-account-tokens §5 */
import type { KubernetesObject } from '../../meta/v1/object-meta.ts';
import type { WireUserInfo } from './user-info.ts';

export type { WireUserInfo } from './user-info.ts';

export interface TokenReviewSpec {
  /** A credential: never logged. */
  token?: string;
  audiences?: string[];
}

export interface TokenReviewStatus {
  authenticated?: boolean;
  user: WireUserInfo;
  audiences?: string[];
  error?: string;
}

export interface TokenReview extends KubernetesObject {
  spec: TokenReviewSpec;
  status?: TokenReviewStatus;
}
