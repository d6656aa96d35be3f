/**
 * DELETE of a collection: a list, then each of its objects by itself. Not atomic; what somebody else deleted
 * meanwhile is not an error. The namespace controller empties namespaces with it.
 */
import { isReason } from '../../api/meta/api-error.ts';
import type { ApiRequest, ApiResponse } from '../exchange.ts';
import { negotiateList } from '../negotiation/object-encoding.ts';
import type { DeleteOptions, ObjectView, RequestContext, Writer } from '../registry/rest.ts';
import { readDeleteOptions } from './delete-options.ts';
import { namespaceOf } from './list.ts';
import { parseListOptions } from './list-options.ts';
import { listResponse } from './responses.ts';
import { contextOf, type HandlerScope, type Target, writerOf } from './scope.ts';

/** Deletions under way at once in one request: enough to hide the storage's latency, not enough to flood it. */
const PARALLEL_DELETIONS = 16;

export async function deleteCollection(
  scope: HandlerScope,
  request: ApiRequest,
  target: Target,
): Promise<ApiResponse> {
  const writer = writerOf(scope);
  const format = negotiateList(request, scope.kind);
  const selection = parseListOptions(scope.kind, namespaceOf(target), request.query);
  const { orphanDependents: _, ...options } = await readDeleteOptions(scope.kind, request);
  const context = contextOf(request);
  const list = await scope.resource.reader.list(context, selection);
  await deleteAll(writer, context, list.items, options);
  return listResponse(format, scope, list);
}

async function deleteAll(
  writer: Writer,
  context: RequestContext,
  items: readonly ObjectView[],
  options: DeleteOptions,
): Promise<void> {
  const waiting = items.values();
  const work = async (): Promise<void> => {
    for (const item of waiting) {
      context.signal.throwIfAborted();
      const { namespace = '', name = '' } = item.object().metadata;
      try {
        await writer.delete(context, namespace, name, options);
      } catch (error) {
        if (!isReason(error, 'NotFound')) throw error;
      }
    }
  };
  const workers = Array.from({ length: Math.min(PARALLEL_DELETIONS, items.length) }, work);
  const failed = (await Promise.allSettled(workers)).find((result) => result.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
}
