/** UserInfo on the wire: zero values are left out. @see kubernetes/api authentication/v1/types.go */
export interface WireUserInfo {
  username?: string;
  uid?: string;
  groups?: string[];
  extra?: Record<string, string[]>;
}
