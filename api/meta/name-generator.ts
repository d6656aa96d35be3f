/** Names for `generateName` (apiserver `pkg/storage/names`, apimachinery `pkg/util/rand`). */

/** Letters and digits that neither form words nor look alike. */
const alphabet = 'bcdfghjklmnpqrstvwxz2456789';
const suffixLength = 5;
/** Longest base that is kept, in bytes: the whole name fits a DNS label of 63. */
export const maxGeneratedBaseLength = 63 - suffixLength;

/** A whole number from 0 to below `limit`, such as `crypto.randomInt`. */
export type RandomBelow = (limit: number) => number;

export function generateName(base: string, random: RandomBelow): string {
  const suffix = Array.from({ length: suffixLength }, () => alphabet.charAt(random(alphabet.length)));
  return `${base.slice(0, maxGeneratedBaseLength)}${suffix.join('')}`;
}
