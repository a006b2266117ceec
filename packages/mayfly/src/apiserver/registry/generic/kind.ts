/** What every operation on one kind needs at hand. */
import { apiVersionOf, type GroupResource } from '@mayfly/api/meta/v1/group-version';
import type { Clock } from '../../../clock/clock.ts';
import type { Log } from '../../../log/log.ts';
import type { Random } from '../../../random/random.ts';
import type { Store } from '../../../storage/store.ts';
import { type KeyLayout, keyLayout } from './keys.ts';
import { SharedLease } from './shared-lease.ts';
import type { Strategy } from './strategy.ts';

export interface RegistryDeps {
  readonly store: Store;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

export interface Kind {
  readonly strategy: Strategy;
  readonly resource: GroupResource;
  readonly apiVersion: string;
  readonly keys: KeyLayout;
  readonly deps: RegistryDeps;
  /** Undefined for kinds that stay until deleted. */
  readonly lease: Pick<SharedLease, 'next'> | undefined;
}

export function newKind(strategy: Strategy, deps: RegistryDeps): Kind {
  const { definition, ttlSeconds } = strategy;
  return {
    strategy,
    resource: { group: definition.group, resource: definition.resource },
    apiVersion: apiVersionOf(definition),
    keys: keyLayout(strategy.storagePath ?? definition.resource, definition.namespaced),
    deps,
    lease: ttlSeconds === undefined ? undefined : new SharedLease(deps.store, deps.clock, ttlSeconds),
  };
}
