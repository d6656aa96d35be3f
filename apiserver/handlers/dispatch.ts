/**
 * Every request for a resource, from its path and method to the handler of its verb. Paths and methods that
 * lead nowhere are answered as k8s.io/apiserver's router does:
 *
 *   unknown resource, too many segments, wrong scope   404 text
 *   unknown subresource                                404 Status
 *   known path, wrong method                           405 Status
 */
import type { Kind, TableContext, Verb } from '../../api/kind.ts';
import { ApiError, notFound } from '../../api/meta/api-error.ts';
import type { Clock } from '../../client/clock.ts';
import type { ApiRequest, ApiResponse, Handler } from '../exchange.ts';
import { noWatchMetrics, type WatchMetrics } from '../metrics/watch-metrics.ts';
import { SharedLines } from '../negotiation/watch-encoding.ts';
import type { Random } from '../registry/random.ts';
import type { Resource } from '../registry/rest.ts';
import { createObject } from './create.ts';
import { deleteObject } from './delete.ts';
import { deleteCollection } from './delete-collection.ts';
import { getObject } from './get.ts';
import { listObjects } from './list.ts';
import { patchObject } from './patch.ts';
import { errorResponse, pathNotFound } from './responses.ts';
import { createScope, type HandlerScope, methodNotAllowed, type RequireRight, type Target } from './scope.ts';
import { updateObject } from './update.ts';
import { watchObjects } from './watch.ts';

export interface DispatcherOptions {
  /** By `<group>/<version>/<plural>`; the core group is ''. */
  readonly resources: ReadonlyMap<string, Resource>;
  readonly clock: Clock;
  readonly random: Pick<Random, 'below'>;
  /** What a Table's computed columns look at (`registry/table-context.ts`); made once a request. */
  readonly tableContext: (kind: Kind) => TableContext;
  readonly watchMetrics?: WatchMetrics;
  readonly requireRight: RequireRight;
}

export const resourceKey = (group: string, version: string, plural: string): string =>
  `${group}/${version}/${plural}`;

export const resourceMap = (resources: Iterable<Resource>): Map<string, Resource> =>
  new Map(
    Array.from(resources, (r) => [resourceKey(r.kind.group, r.kind.version, r.kind.plural), r] as const),
  );

type VerbHandler = (scope: HandlerScope, request: ApiRequest, target: Target) => Promise<ApiResponse>;

const handlers: Readonly<Record<Verb, VerbHandler>> = {
  create: createObject,
  delete: deleteObject,
  deletecollection: deleteCollection,
  get: getObject,
  list: listObjects,
  patch: patchObject,
  update: updateObject,
  watch: watchObjects,
};

/** Answers every request for a resource. Rejects only with what nobody foresaw, for the caller to log and answer. */
export function createDispatcher(options: DispatcherOptions): Handler {
  const { resources: _, watchMetrics = noWatchMetrics, ...rest } = options;
  const dependencies = { ...rest, watchMetrics, sharedLines: new SharedLines() };
  const scopes = new Map<string, HandlerScope>();
  for (const [key, resource] of options.resources) scopes.set(key, createScope(resource, dependencies));
  return async (request) => {
    const { group, version, resource } = request.info;
    const scope = scopes.get(resourceKey(group, version, resource));
    if (scope === undefined) return pathNotFound;
    try {
      return await dispatch(scope, request);
    } catch (error) {
      if (error instanceof ApiError) return errorResponse(request, error);
      throw error;
    }
  };
}

async function dispatch(scope: HandlerScope, request: ApiRequest): Promise<ApiResponse> {
  const { parts } = request.info;
  const [, name = '', subresource = ''] = parts;
  if (parts.length > 3 || !scopeFits(scope.kind, request, name)) return pathNotFound;
  if (request.info.verb === 'proxy') return pathNotFound;
  const namespace = scope.kind.namespaced ? request.info.namespace : '';
  const isStatus = subresource === 'status' && scope.kind.statusSubresource;
  if (subresource !== '' && !isStatus) throw notFound(scope.subject, name);
  const target: Target = { namespace, name, subresource: isStatus ? 'status' : '' };
  const verb = verbOf(request, target, scope.kind);
  if (verb === undefined || !scope.kind.verbs.includes(verb)) throw methodNotAllowed();
  return handlers[verb](scope, request, target);
}

/** Whether the path is in a namespace exactly where the kind is; a collection may span all of them. */
function scopeFits(kind: Kind, request: ApiRequest, name: string): boolean {
  const { namespace } = request.info;
  if (kind.namespaced) return namespace !== '' || name === '';
  // Request info takes `/namespaces/<name>` for the namespace that the request is in, too.
  return namespace === '' || (kind.plural === 'namespaces' && kind.group === '');
}

const itemVerbs: ReadonlyMap<string, readonly Verb[]> = new Map<string, readonly Verb[]>([
  // `/watch/…/<name>`, the deprecated spelling of a watch with a field selector.
  ['GET', ['get', 'watch']],
  ['PUT', ['update']],
  ['PATCH', ['patch']],
  ['DELETE', ['delete']],
]);

const collectionVerbs: ReadonlyMap<string, readonly Verb[]> = new Map<string, readonly Verb[]>([
  ['GET', ['list', 'watch']],
  ['POST', ['create']],
  ['DELETE', ['deletecollection']],
]);

/**
 * The verb that was authorized, where the method can mean it on this path; undefined where it cannot. A path may
 * name a verb (`/watch/…`, `/proxy/…`), and doing what the method says instead would pass authorization by.
 */
function verbOf({ method, info }: ApiRequest, target: Target, kind: Kind): Verb | undefined {
  const verbs = target.name === '' ? collectionVerbs : itemVerbs;
  const verb = verbs.get(method)?.find((each) => each === info.verb);
  if (target.subresource === 'status') return verb === 'delete' || verb === 'watch' ? undefined : verb;
  // Across all namespaces there is only reading.
  const everywhere = target.name === '' && kind.namespaced && target.namespace === '';
  return everywhere && method !== 'GET' ? undefined : verb;
}
