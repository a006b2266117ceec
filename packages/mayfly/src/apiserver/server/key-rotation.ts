/** Keeps a server's keyring in step with the store, and the keys in the store on the move. */
import type { SigningKey, SigningKeyState } from '@mayfly/api/identity/v1alpha1/signing-key';
import { parseTime } from '@mayfly/api/meta/v1/time';
import type { Clock } from '../../clock/clock.ts';
import type { Log } from '../../log/log.ts';
import type { Random } from '../../random/random.ts';
import type { Store } from '../../storage/store.ts';
import { startPeriodic } from '../controllers/periodic.ts';
import { startFeed } from '../registry/registry.ts';
import { newSigningKeyReader } from '../registry/signingkey/storage.ts';
import type { StoredKeyring } from '../registry/signingkey/stored-keyring.ts';
import type { StoredKeyRotator } from '../registry/signingkey/stored-rotator.ts';
import { activeKey, nextRotationMs } from '../serviceaccount/key-rotation.ts';

/** Between two looks at what is due; and how long a change goes unnoticed at worst, should the watch be broken. */
const INTERVAL_MS = 5_000;

/** Read at each scrape. */
export interface KeyRotationFigures {
  activeAgeSeconds(): number;
  /** Epoch seconds; 0 when none is planned. */
  nextRotationSeconds(): number;
  /** Times that this server gave the signature to another key. */
  rotations(): number;
  count(state: SigningKeyState): number;
}

export interface KeyRotationOptions {
  readonly keyring: StoredKeyring;
  readonly rotator: StoredKeyRotator;
  readonly intervalMs: number;
  readonly store: Store;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

export function startKeyRotation(options: KeyRotationOptions): {
  readonly figures: KeyRotationFigures;
  stop(): Promise<void>;
} {
  const { keyring, rotator, clock, log } = options;
  let refreshing = Promise.resolve();
  const refresh = (): void => {
    refreshing = keyring
      .refresh()
      .catch((error: unknown) => log.error('the signing keys could not be read; the old ones stay', { error }));
  };
  const feed = startFeed<SigningKey>({
    readers: [newSigningKeyReader(options)],
    sink: { replace: refresh, apply: refresh },
    clock,
    log,
  });
  const rotation = startPeriodic({
    clock,
    intervalMs: INTERVAL_MS,
    run: () => rotator.run(),
    failed: (error) => log.error('the signing keys could not be moved on', { error }),
  });
  return {
    figures: figuresOf(options),
    async stop() {
      await Promise.all([feed.stop(), rotation.stop()]);
      await refreshing; // the store is closed next
    },
  };
}

function figuresOf({ keyring, rotator, intervalMs, clock }: KeyRotationOptions): KeyRotationFigures {
  const keys = (): readonly SigningKey[] => keyring.records.objects;
  return {
    activeAgeSeconds: () =>
      (clock.nowMs() - (parseTime(activeKey(keys())?.status.activatedAt ?? '') ?? Number.NaN)) / 1000,
    nextRotationSeconds: () => (nextRotationMs(keys(), intervalMs) ?? 0) / 1000,
    rotations: () => rotator.activations,
    count: (state) => keys().filter(({ status }) => status.state === state).length,
  };
}
