/**
 * Versions of a computed resource: a store revision and a position within the flush that brought a watch to
 * it. `revision × 2^16 + position`, always as BigInt, for a Number would lose the position's low bits.
 * A flush's last event has the last position: only there is a state whole, so only there can a watch resume.
 */
import { badRequest } from '../../api/meta/api-error.ts';
import type { ResourceVersion } from '../../api/meta/types.ts';
import { versionFault } from '../registry/resource-version.ts';
import type { Revision } from '../storage/storage.ts';

const POSITION_BITS = 16n;
/** The last event of a flush; also the version of every list and single read. */
export const LAST_POSITION = 65_535;

export interface SubsetVersion {
  readonly revision: Revision;
  readonly position: number;
}

export function formatSubsetVersion(revision: Revision, position: number = LAST_POSITION): ResourceVersion {
  return ((BigInt(revision) << POSITION_BITS) | BigInt(position)).toString() as ResourceVersion;
}

/** @throws ApiError BadRequest for what is not a decimal number of 64 bits */
export function parseSubsetVersion(text: string): SubsetVersion {
  if (!/^[0-9]{1,20}$/.test(text)) {
    throw badRequest(`invalid resource version: ${versionFault(text)}`);
  }
  const value = BigInt(text);
  return {
    revision: Number(value >> POSITION_BITS) as Revision,
    position: Number(value & ((1n << POSITION_BITS) - 1n)),
  };
}
