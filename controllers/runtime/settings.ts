/** What every controller is given besides its own clients and informers. */
import type { Clock } from '../../client/clock.ts';
import type { EventRecorder } from './events.ts';
import type { Log } from './log.ts';
import type { ControllerMetrics } from './metrics.ts';

export interface ControllerSettings {
  readonly clock: Clock;
  /** 0 ≤ x < 1, for jitter. */
  readonly random: () => number;
  /** Keys worked on at once. */
  readonly workers: number;
  readonly log: Log;
  readonly metrics: ControllerMetrics;
  readonly recorder: EventRecorder;
}
