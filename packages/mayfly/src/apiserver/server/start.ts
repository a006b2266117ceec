import type { Clock } from '../../clock/clock.ts';
import type { ServerConfig } from '../../config/config.ts';
import type { Log } from '../../log/log.ts';
import type { Random } from '../../random/random.ts';

/** What `startServer` is handed beside its settings. */
export interface ServerDependencies {
  readonly config: ServerConfig;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

/** A server that answers. */
export interface RunningServer {
  /** `https://HOST:PORT` as it really listens. */
  readonly url: string;
  /** Path of the admin kubeconfig. */
  readonly kubeconfig: string;
  /** Path of the serving CA's certificate. */
  readonly caFile: string;
  /** Reads certificates, keys and static files again (SIGHUP); a broken file is logged and the old one stays. */
  reload(): Promise<void>;
  /** Stops accepting, finishes what is in flight (10 s at most), flushes and resolves. */
  close(): Promise<void>;
}

/** Assembles and starts the API server. */
export function startServer(_dependencies: ServerDependencies): Promise<RunningServer> {
  return Promise.reject(new Error('the server is not assembled in this build'));
}
