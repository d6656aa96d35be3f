/** EndpointSubsets are never written; only their names are looked at. */
import type { Strategy } from '../../../kind.ts';
import { validatePathSegmentName } from '../../../meta/names.ts';
import { MAX_SUBSET_NAME_LENGTH } from './name.ts';
import type { EndpointSubset } from './schema.ts';

export const endpointSubsetStrategy: Strategy<EndpointSubset> = {
  validateName: (name) => [
    ...validatePathSegmentName(name),
    ...(name.length > MAX_SUBSET_NAME_LENGTH
      ? [`must be no more than ${MAX_SUBSET_NAME_LENGTH} characters`]
      : []),
  ],
  validate: () => [],
};
