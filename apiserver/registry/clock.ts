/** Time and chance as arguments: the registry never looks at a clock or rolls a die itself. */
import type { RandomBelow } from '../../api/meta/name-generator.ts';
import type { Uid } from '../../api/meta/types.ts';

export type { Clock } from '../../client/clock.ts';

export interface Random {
  /** A version 4 UUID. */
  uuid(): Uid;
  below: RandomBelow;
}
