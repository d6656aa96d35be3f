/** DELETE of one object. */
import type { Status } from '../../api/meta/status.ts';
import type { ApiRequest, ApiResponse } from '../exchange.ts';
import { negotiateObject } from '../negotiation/object-encoding.ts';
import { readDeleteOptions } from './delete-options.ts';
import { objectResponse, statusResponse } from './responses.ts';
import { contextOf, type HandlerScope, type Target, writerOf } from './scope.ts';

export async function deleteObject(
  scope: HandlerScope,
  request: ApiRequest,
  target: Target,
): Promise<ApiResponse> {
  const writer = writerOf(scope);
  const format = negotiateObject(request, scope.kind);
  const { orphanDependents, ...options } = await readDeleteOptions(scope.kind, request);
  const { namespace, name } = target;
  const { deleted, view } = await writer.delete(contextOf(request), namespace, name, options);
  if (!deleted) return objectResponse(orphanDependents === false ? 202 : 200, format, scope, view);
  return statusResponse(format, deletedStatus(scope, name, view.object().metadata.uid));
}

/** kubectl waits for the uid in it to be gone. */
function deletedStatus({ kind }: HandlerScope, name: string, uid: string | undefined): Status {
  return {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Success',
    details: {
      name,
      ...(kind.group === '' ? {} : { group: kind.group }),
      kind: kind.plural,
      ...(uid === undefined ? {} : { uid }),
    },
  };
}
