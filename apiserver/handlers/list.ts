/** GET of a collection. */
import type { ApiRequest, ApiResponse } from '../exchange.ts';
import { negotiateOutput } from '../negotiation/accept.ts';
import { parseListOptions } from './list-options.ts';
import { listResponse } from './responses.ts';
import { contextOf, type HandlerScope, type Target } from './scope.ts';

export async function listObjects(
  scope: HandlerScope,
  request: ApiRequest,
  target: Target,
): Promise<ApiResponse> {
  const format = negotiateOutput(request);
  const options = parseListOptions(scope.kind, namespaceOf(target), request.query);
  const list = await scope.resource.reader.list(contextOf(request), options);
  return listResponse(format, scope, list);
}

export const namespaceOf = (target: Target): string | undefined =>
  target.namespace === '' ? undefined : target.namespace;
