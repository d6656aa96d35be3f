/** One resource as its handlers see it, and the request with what was found in its path. */
import type { Kind, TableContext } from '../../api/kind.ts';
import { ApiError, type ErrorSubject } from '../../api/meta/api-error.ts';
import type { Clock } from '../../client/clock.ts';
import type { ApiRequest, AuthorizationAttributes } from '../exchange.ts';
import type { WatchMetrics } from '../metrics/watch-metrics.ts';
import type { EncodingScope } from '../negotiation/object-encoding.ts';
import type { SharedLines } from '../negotiation/watch-encoding.ts';
import { subjectOf } from '../registry/dependencies.ts';
import type { Random } from '../registry/random.ts';
import type { RequestContext, Resource, Writer } from '../registry/rest.ts';

/**
 * For what a request turns out to need beyond what it was authorized for.
 * @throws ApiError Forbidden
 */
export type RequireRight = (attributes: AuthorizationAttributes) => Promise<void>;

export interface HandlerDependencies {
  readonly clock: Clock;
  readonly random: Pick<Random, 'below'>;
  /** What a Table's computed columns look at; made once a request. */
  readonly tableContext: (kind: Kind) => TableContext;
  readonly sharedLines: SharedLines;
  readonly watchMetrics: WatchMetrics;
  readonly requireRight: RequireRight;
}

export interface HandlerScope extends HandlerDependencies, EncodingScope {
  readonly resource: Resource;
  readonly subject: ErrorSubject;
  readonly tableContext: () => TableContext;
}

export function createScope(resource: Resource, dependencies: HandlerDependencies): HandlerScope {
  const { kind } = resource;
  const { clock, random, sharedLines, tableContext, watchMetrics, requireRight } = dependencies;
  return {
    clock,
    random,
    sharedLines,
    watchMetrics,
    requireRight,
    resource,
    kind,
    subject: subjectOf(kind),
    tableContext: () => tableContext(kind),
  };
}

/** The object or collection that a path names. */
export interface Target {
  /** '' for cluster scope, and for a collection over all namespaces. */
  readonly namespace: string;
  /** '' for a collection. */
  readonly name: string;
  readonly subresource: '' | 'status';
}

export const contextOf = (request: ApiRequest): RequestContext => ({
  user: request.user,
  verb: request.info.verb,
  signal: request.signal,
  warnings: request.warnings,
});

export const methodNotAllowed = (): ApiError =>
  new ApiError('MethodNotAllowed', 'the server does not allow this method on the requested resource', {});

/** @throws ApiError MethodNotAllowed for computed kinds */
export function writerOf(scope: HandlerScope): Writer {
  if (scope.resource.writer === undefined) throw methodNotAllowed();
  return scope.resource.writer;
}
