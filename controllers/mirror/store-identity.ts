/**
 * Which cluster a base was made in: an id made at first start and kept in a ConfigMap beside the v1 Services.
 * If they are lost or replaced, so is the id, and no base of before can have anything deleted.
 */

import type { ConfigMap } from '../../api/core/types.ts';
import { isReason } from '../../api/meta/api-error.ts';
import { configMaps } from '../../client/resources.ts';
import type { ApiClient, ResourceClient } from '../../client/types.ts';

export const STORE_IDENTITY_NAME = 'services-v3-store-identity';
export const STORE_IDENTITY_NAMESPACE = 'kube-system';
const KEY = 'id';

/**
 * Reads the id, or makes one.
 * @param newId a UUID
 * @throws ApiError, ClientError
 */
export async function ensureStoreIdentity(
  client: ApiClient,
  newId: () => string,
  namespace: string = STORE_IDENTITY_NAMESPACE,
): Promise<string> {
  const maps = client.resource<ConfigMap>(configMaps);
  const id = await readId(maps, namespace);
  if (id !== undefined) return id;
  const made: ConfigMap = {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: STORE_IDENTITY_NAME, namespace },
    data: { [KEY]: newId() },
    immutable: true,
  };
  try {
    await maps.create(made);
  } catch (error) {
    // Another instance was faster: its id is the one.
    if (!isReason(error, 'AlreadyExists')) throw error;
  }
  const stored = await readId(maps, namespace);
  if (stored === undefined) throw new Error(`ConfigMap ${namespace}/${STORE_IDENTITY_NAME} has no ${KEY}`);
  return stored;
}

async function readId(maps: ResourceClient<ConfigMap>, namespace: string): Promise<string | undefined> {
  try {
    return (await maps.get(namespace, STORE_IDENTITY_NAME)).data?.[KEY];
  } catch (error) {
    if (isReason(error, 'NotFound')) return undefined;
    throw error;
  }
}
