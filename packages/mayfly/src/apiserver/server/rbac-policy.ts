/**
 * Keeps the RBAC index in step with the registry: one watch for each of the four kinds.
 *
 * A watch that breaks is begun anew; what vanished meanwhile leaves the index with the new list, so that no grant
 * outlives its binding by more than the break.
 */
import type { Clock } from '../../clock/clock.ts';
import type { Log } from '../../log/log.ts';
import type { ClusterRole } from '../authorization/rbac/policy.ts';
import { PolicyIndex, type RBACKind } from '../authorization/rbac/policy-index.ts';
import type { ObjectEvent, ObjectReader, ObjectWatch, Registry } from '../registry/registry.ts';

const KINDS: Readonly<Record<string, RBACKind>> = {
  clusterroles: 'ClusterRole',
  clusterrolebindings: 'ClusterRoleBinding',
  roles: 'Role',
  rolebindings: 'RoleBinding',
};

const RESTART_DELAY_MS = 100;

export interface FollowedPolicy {
  readonly index: PolicyIndex;
  /** Resolves when everything that existed at the start is in the index. */
  readonly synced: Promise<void>;
  stop(): void;
}

export function followRBACPolicy(deps: { registry: Registry; clock: Clock; log: Log }): FollowedPolicy {
  const index = new PolicyIndex();
  const followers = Object.entries(KINDS).map(
    ([resource, kind]) => new KindFollower(deps.registry.reader<ClusterRole>(resource), kind, index, deps),
  );
  return {
    index,
    synced: Promise.all(followers.map(({ synced }) => synced)).then(() => undefined),
    stop: () => {
      for (const follower of followers) follower.stop();
    },
  };
}

class KindFollower {
  readonly synced: Promise<void>;
  readonly #reader: ObjectReader<ClusterRole>;
  readonly #kind: RBACKind;
  readonly #index: PolicyIndex;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #whole = Promise.withResolvers<void>();
  #known = new Set<string>();
  #watch: ObjectWatch<ClusterRole> | undefined;
  #isStopped = false;

  constructor(
    reader: ObjectReader<ClusterRole>,
    kind: RBACKind,
    index: PolicyIndex,
    { clock, log }: { clock: Clock; log: Log },
  ) {
    this.#reader = reader;
    this.#kind = kind;
    this.#index = index;
    this.#clock = clock;
    this.#log = log;
    this.synced = this.#whole.promise;
    void this.#follow();
  }

  stop(): void {
    this.#isStopped = true;
    this.#watch?.cancel();
  }

  async #follow(): Promise<void> {
    const why = await this.#readToEnd().catch((error: unknown) => error);
    if (this.#isStopped) return;
    this.#log.warn('a watch of the RBAC policy broke and is begun anew', { kind: this.#kind, error: String(why) });
    this.#clock.setTimer(RESTART_DELAY_MS, () => void this.#follow());
  }

  async #readToEnd(): Promise<string> {
    const before = this.#known;
    this.#known = new Set();
    this.#watch = this.#reader.watch();
    for await (const events of this.#watch) {
      for (const event of events) {
        if (event.type === 'ERROR') return 'the registry refused to go on';
        if (event.type === 'BOOKMARK') this.#listed(before);
        else this.#apply(event);
      }
    }
    return 'the watch ended';
  }

  #apply({ type, object }: ObjectEvent<ClusterRole>): void {
    const { namespace = '', name = '' } = object.metadata ?? {};
    const key = `${namespace}/${name}`;
    if (type === 'DELETED') {
      this.#known.delete(key);
      this.#index.delete(this.#kind, namespace, name);
    } else {
      this.#known.add(key);
      this.#index.set(this.#kind, object);
    }
  }

  /** Everything that exists has been told: whatever was known before and was not told is gone. */
  #listed(before: ReadonlySet<string>): void {
    for (const key of before) {
      if (this.#known.has(key)) continue;
      const slash = key.indexOf('/');
      this.#index.delete(this.#kind, key.slice(0, slash), key.slice(slash + 1));
    }
    this.#whole.resolve();
  }
}
