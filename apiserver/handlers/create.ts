/** POST to a collection. */
import type { ApiRequest, ApiResponse } from '../exchange.ts';
import { negotiateObject } from '../negotiation/object-encoding.ts';
import { readObject } from './body.ts';
import { objectResponse } from './responses.ts';
import { contextOf, type HandlerScope, type Target, writerOf } from './scope.ts';
import { parseWriteOptions } from './write-options.ts';

export async function createObject(
  scope: HandlerScope,
  request: ApiRequest,
  target: Target,
): Promise<ApiResponse> {
  const writer = writerOf(scope);
  const format = negotiateObject(request, scope.kind);
  const { fieldValidation, force: _, ...options } = parseWriteOptions('CreateOptions', request);
  const object = await readObject(scope.kind, request, fieldValidation);
  const view = await writer.create(contextOf(request), target.namespace, object, options);
  return objectResponse(201, format, scope, view);
}
