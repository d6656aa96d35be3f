/** A whole collection, page by page, as of one version. */
import { isReason } from '../api/meta/api-error.ts';
import type { KubeObject } from '../api/meta/types.ts';
import { ClientError } from './errors.ts';
import type { ListParameters, ResourceClient } from './types.ts';

/** Objects a page; client-go's default. */
const pageSize = 500;

export interface WholeList<T extends KubeObject> {
  readonly objects: readonly T[];
  /** To watch from. */
  readonly resourceVersion: string;
}

/**
 * @param signal ends the paging early, with what came so far
 * @throws ApiError, ClientError
 */
export async function listAll<T extends KubeObject>(
  client: ResourceClient<T>,
  scope: Pick<ListParameters, 'namespace' | 'labelSelector' | 'fieldSelector'>,
  signal?: AbortSignal,
): Promise<WholeList<T>> {
  let page = await client.list({ ...scope, limit: pageSize });
  const objects = [...page.items];
  for (let next = page.metadata.continue; next && signal?.aborted !== true; next = page.metadata.continue) {
    try {
      page = await client.list({ ...scope, limit: pageSize, continue: next });
      for (const object of page.items) objects.push(object);
    } catch (error) {
      if (!isReason(error, 'Expired', 'Gone')) throw error;
      // Writes are faster than our pages: one whole list cannot expire in the middle.
      page = await client.list(scope);
      objects.length = 0;
      for (const object of page.items) objects.push(object);
    }
  }
  const { resourceVersion } = page.metadata;
  if (resourceVersion === undefined) {
    throw new ClientError('Protocol', `a list of ${client.ref.plural} has no version`);
  }
  return { objects, resourceVersion };
}
