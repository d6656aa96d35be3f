/** Carries out a plan: one request a write, under the version or uid that the plan was made from. */
import { isReason } from '../../api/meta/api-error.ts';
import type { Endpoint } from '../../api/services/v3alpha1/types.ts';
import type { ResourceClient } from '../../client/types.ts';
import type { EndpointChange, EndpointWrites } from './difference.ts';

/** Throws what the client throws; a repeated run from fresh state goes on where this one stopped. */
export async function applyWrites(client: ResourceClient<Endpoint>, writes: EndpointWrites): Promise<void> {
  for (const endpoint of writes.delete) await remove(client, endpoint);
  for (const endpoint of writes.create) await client.create(endpoint);
  for (const change of writes.change) await update(client, change);
}

async function remove(client: ResourceClient<Endpoint>, endpoint: Endpoint): Promise<void> {
  const { namespace, name = '', uid } = endpoint.metadata;
  try {
    await client.delete(namespace, name, { preconditions: uid === undefined ? {} : { uid } });
  } catch (error) {
    // Gone, or another object by now: either way the one we meant is no more.
    if (!isReason(error, 'NotFound', 'Conflict')) throw error;
  }
}

async function update(client: ResourceClient<Endpoint>, change: EndpointChange): Promise<void> {
  let version = change.live.metadata.resourceVersion;
  if (change.main) {
    const answer = await client.update(change.wanted);
    version = answer.metadata.resourceVersion;
  }
  if (change.status) {
    const metadata = {
      ...change.wanted.metadata,
      ...(version === undefined ? {} : { resourceVersion: version }),
    };
    await client.updateStatus({ ...change.wanted, metadata });
  }
}
