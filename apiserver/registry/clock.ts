/** Time and chance as arguments: the registry never looks at a clock or rolls a die itself. */
import type { RandomBelow } from '../../api/meta/name-generator.ts';
import type { Uid } from '../../api/meta/types.ts';

export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Runs `run` once after that many milliseconds. @returns how to cancel */
  after(milliseconds: number, run: () => void): () => void;
}

export interface Random {
  /** A version 4 UUID. */
  uuid(): Uid;
  below: RandomBelow;
}
