/**
 * v1 → model. `fromV1` also makes the stash, and gives back base's v3 value for every fact that v1 only
 * carries encoded or not at all, as long as v1 still is what the last encoding wrote: what one side cannot
 * express must not come back as an edit.
 *
 * EndpointSlices are not read: those of others become Endpoints, not model (controllers/endpoints), and our
 * own are written from the model and say nothing that base does not.
 */
import type { V1Service } from '../../api/core/types.ts';
import { type Base, restoreEncoded } from './base.ts';
import { type LeafPath, leaves } from './leaves.ts';
import type { ServiceModel } from './model.ts';
import { isRequest, tellsRequests } from './requested.ts';
import { makeStash, type Stash } from './stash.ts';
import { readV1 } from './v1-reader.ts';
import { writeV1 } from './v1-writer.ts';

/**
 * @param service as kube-apiserver gives it, so with v1's defaults filled in
 * @param base of the same Service; left out: a first sync
 */
export function fromV1(service: V1Service, base?: Base): { model: ServiceModel; stash: Stash } {
  const read = readV1(service, base?.model);
  const stash = makeStash(service, writeV1(read), read.type);
  if (base === undefined) return { model: read, stash };
  const encode = (model: ServiceModel): ServiceModel => readV1(writeV1(model), model);
  return { model: restoreEncoded(read, exactRequests(service, base), encode), stash };
}

/** With managedFields, what was asked for is read from v1 itself. (null is no request: v3 has no such door.) */
function exactRequests(service: V1Service, base: Base): Base {
  if (!tellsRequests(service)) return base;
  const agreed = leaves(base.model);
  const inexact = Object.entries(base.carried).filter(
    ([path]) => !isRequest(path as LeafPath) || agreed.get(path as LeafPath) === null,
  );
  return { ...base, carried: Object.fromEntries(inexact) };
}
