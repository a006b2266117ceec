/**
 * The bindings of one scope (the cluster, or one namespace), found by who is asking.
 *
 * A decision looks up the caller's user name and groups and sees only bindings that name one of them; how many other
 * bindings exist costs nothing.
 */
import type { UserInfo } from '@mayfly/api/user/user';
import type { AuthorizationVerdict } from '../authorizer.ts';
import type { RoleRef, Subject } from './policy.ts';
import { subjectKey, subjectText } from './subjects.ts';

export interface IndexedBinding {
  readonly name: string;
  /** Empty for a ClusterRoleBinding. */
  readonly namespace: string;
  readonly roleRef: RoleRef;
  readonly subjects: readonly Subject[];
}

/** One subject of one binding. */
export interface Grant {
  readonly binding: IndexedBinding;
  /** Position of the subject in its binding: the first that matches is the one a reason names. */
  readonly position: number;
  /** Made on first use: the same grant allows with the same words each time. */
  verdict: AuthorizationVerdict | undefined;
}

export class BindingIndex {
  readonly #bindings = new Map<string, IndexedBinding>();
  readonly #byUser = new Map<string, Grant[]>();
  readonly #byGroup = new Map<string, Grant[]>();

  get size(): number {
    return this.#bindings.size;
  }

  /** Adds the binding, or replaces the one of the same name. */
  set(binding: IndexedBinding): void {
    this.delete(binding.name);
    this.#bindings.set(binding.name, binding);
    binding.subjects.forEach((subject, position) => {
      const list = this.#listOf(subject, binding.namespace);
      list?.push({ binding, position, verdict: undefined });
    });
  }

  delete(name: string): void {
    const binding = this.#bindings.get(name);
    if (binding === undefined) return;
    this.#bindings.delete(name);
    for (const subject of binding.subjects) this.#forget(subject, binding);
  }

  /** The grants to this user name, and those to this group; undefined when there are none. */
  ofUser(name: string): readonly Grant[] | undefined {
    return this.#byUser.get(name);
  }

  ofGroup(name: string): readonly Grant[] | undefined {
    return this.#byGroup.get(name);
  }

  /** Bindings that name the user or one of its groups, each once. */
  *bindingsOf(user: UserInfo): Generator<IndexedBinding> {
    const seen = new Set<IndexedBinding>();
    for (const grant of this.#grantsOf(user)) {
      if (seen.has(grant.binding)) continue;
      seen.add(grant.binding);
      yield grant.binding;
    }
  }

  /** Of all subjects of `grant`'s binding that are this user, the first. */
  firstGrant(user: UserInfo, grant: Grant): Grant {
    if (grant.position === 0) return grant;
    let first = grant;
    for (const other of this.#grantsOf(user)) {
      if (other.binding === grant.binding && other.position < first.position) first = other;
    }
    return first;
  }

  *#grantsOf(user: UserInfo): Generator<Grant> {
    yield* this.#byUser.get(user.name) ?? [];
    for (const group of user.groups) yield* this.#byGroup.get(group) ?? [];
  }

  #listOf(subject: Subject, namespace: string): Grant[] | undefined {
    const key = subjectKey(subject, namespace);
    if (key === undefined) return undefined;
    const map = key.by === 'user' ? this.#byUser : this.#byGroup;
    const list = map.get(key.key) ?? [];
    map.set(key.key, list);
    return list;
  }

  #forget(subject: Subject, binding: IndexedBinding): void {
    const key = subjectKey(subject, binding.namespace);
    if (key === undefined) return;
    const map = key.by === 'user' ? this.#byUser : this.#byGroup;
    const rest = map.get(key.key)?.filter((grant) => grant.binding !== binding) ?? [];
    if (rest.length === 0) map.delete(key.key);
    else map.set(key.key, rest);
  }
}

/** `ClusterRoleBinding "b" of ClusterRole "r" to User "alice"`; a RoleBinding prints as `"b/namespace"`. */
export function describeGrant({ binding, position }: Grant): string {
  const subject = binding.subjects[position];
  const to = subject === undefined ? '' : subjectText(subject, binding.namespace);
  const { kind, name } = binding.roleRef;
  return binding.namespace === ''
    ? `ClusterRoleBinding "${binding.name}" of ${kind} "${name}" to ${to}`
    : `RoleBinding "${binding.name}/${binding.namespace}" of ${kind} "${name}" to ${to}`;
}
