/** SelfSubjectReview: who the server takes the caller to be. Not stored. @see spec service-account-tokens §6 */
import type { KubernetesObject } from '../../meta/v1/object-meta.ts';
import type { WireUserInfo } from './user-info.ts';

export interface SelfSubjectReview extends KubernetesObject {
  status?: { userInfo: WireUserInfo };
}
