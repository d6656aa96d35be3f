/** The real clock and real randomness, handed in where a process is put together. */
import { randomInt, randomUUID } from 'node:crypto';
import type { Uid } from '../../api/meta/types.ts';
import type { Clock, Random } from './clock.ts';

export const systemClock: Clock = {
  now: () => Date.now(),
  after(milliseconds, run) {
    const timer = setTimeout(run, milliseconds);
    return () => clearTimeout(timer);
  },
};

export const systemRandom: Random = {
  uuid: () => randomUUID() as Uid,
  below: (limit) => randomInt(limit),
};
