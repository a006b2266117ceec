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
  const wire: WireUserInfo = {};
  if (name !== '') wire.username = name;
  if (uid !== '') wire.uid = uid;
  if (groups.length > 0) wire.groups = [...groups];
  const keys = Object.keys(extra);
  if (keys.length > 0) wire.extra = Object.fromEntries(keys.sort().map((key) => [key, [...(extra[key] ?? [])]]));
  return wire;
}
