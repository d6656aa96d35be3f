/** PUT of an object, or of its status. */
import type { ApiRequest, ApiResponse } from '../exchange.ts';
import { negotiateObject } from '../negotiation/object-encoding.ts';
import { readObject } from './body.ts';
import { objectResponse } from './responses.ts';
import { contextOf, type HandlerScope, type Target, writerOf } from './scope.ts';
import { parseWriteOptions } from './write-options.ts';

export async function updateObject(
  scope: HandlerScope,
  request: ApiRequest,
  target: Target,
): Promise<ApiResponse> {
  const writer = writerOf(scope);
  const format = negotiateObject(request, scope.kind);
  const { fieldValidation, force: _, ...options } = parseWriteOptions('UpdateOptions', request);
  const object = await readObject(scope.kind, request, fieldValidation);
  const { namespace, name, subresource } = target;
  const view = await writer.update(contextOf(request), namespace, name, async () => object, {
    ...options,
    subresource,
    requireVersion: true,
  });
  return objectResponse(200, format, scope, view);
}
