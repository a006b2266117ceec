import type { KubeClient } from '@mayfly/sdk/kube/client';
import type { Clock } from '../../clock/clock.ts';
import type { Log } from '../../log/log.ts';

/** What every controller is started with. It reaches the server as any client does. */
export interface ControllerDeps {
  readonly client: KubeClient;
  readonly clock: Clock;
  readonly log: Log;
}

export interface Controller {
  /** Resolves when its work under way is over and nothing of it runs any more. */
  stop(): Promise<void>;
}
