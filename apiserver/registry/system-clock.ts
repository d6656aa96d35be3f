/** The real clock and real randomness, handed in where a process is put together. */
import { randomInt, randomUUID } from 'node:crypto';
import type { Uid } from '../../api/meta/types.ts';
import type { Random } from './clock.ts';

export { systemClock } from '../../client/clock.ts';

export const systemRandom: Random = {
  uuid: () => randomUUID() as Uid,
  below: (limit) => randomInt(limit),
};
