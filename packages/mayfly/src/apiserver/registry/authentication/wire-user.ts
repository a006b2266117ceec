import type { WireUserInfo } from '@mayfly/api/authentication/v1/user-info';
import type { UserInfo } from '@mayfly/api/user/user';

const rendered = new WeakMap<UserInfo, WireUserInfo>();

/** A user as reviews show it, zero values left out. Rendered once for each user object; the result is shared. */
export function wireUserOf(user: UserInfo): WireUserInfo {
  let wire = rendered.get(user);
  if (wire === undefined) {
    wire = render(user);
    rendered.set(user, wire);
  }
  return wire;
}

function render({ name, uid, groups, extra }: UserInfo): WireUserInfo {
  const entries = Object.entries(extra).map(([key, values]): [string, string[]] => [key, [...values]]);
  return {
    ...(name !== '' && { username: name }),
    ...(uid !== '' && { uid }),
    ...(groups.length > 0 && { groups: [...groups] }),
    ...(entries.length > 0 && { extra: Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1))) }),
  };
}
