import type { Clock } from '../../../clock/clock.ts';
import type { Log } from '../../../log/log.ts';
import type { Random } from '../../../random/random.ts';
import type { AdmissionAttributes } from '../../admission/plugin.ts';
import type { Authorizer } from '../../authorization/authorizer.ts';
import type { WatchStreams } from './watch-streams.ts';

/** Every plugin in order. Both throw `StatusError` to refuse. */
export interface Admission {
  admit(attributes: AdmissionAttributes): Promise<void>;
  validate(attributes: AdmissionAttributes): Promise<void>;
}

/** What the verb handlers need of the server. */
export interface HandlerDependencies {
  readonly admission: Admission;
  /** Asked again where one request needs a second right: creating through an update. */
  readonly authorizer: Authorizer;
  readonly streams: WatchStreams;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}
