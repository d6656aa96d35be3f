/**
 * The seed of a fuzz run. Fixed, so that a change is judged by what it changes and not by chance; FUZZ_SEED=random
 * looks for what nobody has seen yet, FUZZ_SEED=<number> repeats such a run. It is in every test's title.
 */
const FIXED_SEED = 65_812_304;
const SEED_LIMIT = 2 ** 31;

export function fuzzSeed(asked: string | undefined = process.env.FUZZ_SEED): number {
  if (asked === 'random') return Date.now() % SEED_LIMIT;
  return asked === undefined ? FIXED_SEED : Number(asked);
}
