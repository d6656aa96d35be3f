/** Chance as an argument: the registry never rolls a die itself. */
import { randomInt, randomUUID } from 'node:crypto';
import type { RandomBelow } from '../../api/meta/name-generator.ts';
import type { Uid } from '../../api/meta/types.ts';

export interface Random {
  /** A version 4 UUID. */
  uuid(): Uid;
  below: RandomBelow;
}

/** Handed in where a process is put together. */
export const systemRandom: Random = {
  uuid: () => randomUUID() as Uid,
  below: (limit) => randomInt(limit),
};
