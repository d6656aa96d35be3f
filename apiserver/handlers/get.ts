/** GET of one object, or of its status (which is the object). */
import { badRequest } from '../../api/meta/api-error.ts';
import type { ApiRequest, ApiResponse } from '../exchange.ts';
import { negotiateOutput } from '../negotiation/accept.ts';
import { parseResourceVersion } from '../registry/resource-version.ts';
import { booleanParameter, textParameter } from './query.ts';
import { objectResponse } from './responses.ts';
import { contextOf, type HandlerScope, type Target } from './scope.ts';

export async function getObject(
  scope: HandlerScope,
  request: ApiRequest,
  target: Target,
): Promise<ApiResponse> {
  const format = negotiateOutput(request);
  if (booleanParameter(request.query, 'export') === true) {
    throw badRequest('the export parameter, deprecated since v1.14, is no longer supported');
  }
  const resourceVersion = textParameter(request.query, 'resourceVersion');
  parseResourceVersion(resourceVersion);
  const { reader } = scope.resource;
  const view = await reader.get(contextOf(request), target.namespace, target.name, resourceVersion);
  return objectResponse(200, format, scope, view);
}
