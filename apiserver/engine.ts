/**
 * Resources over a storage: caches, stored and computed kinds, the dispatcher in front of them and their
 * documents. Names no kind; the same engine carries our group behind a kube-apiserver and the whole stand-in for
 * a cluster in the standalone process.
 */
import type { Logger } from 'pino';
import { apiVersionOf, type Kind } from '../api/kind.ts';
import { openApiV2 } from '../api/schema/openapi-v2.ts';
import { type OpenApiInfo, openApiV3 } from '../api/schema/openapi-v3.ts';
import type { Clock } from '../client/clock.ts';
import type { Admission } from './admission/admission.ts';
import { forbiddenError } from './auth/forbidden.ts';
import type { Authorizer, Handler } from './exchange.ts';
import { createDispatcher, resourceMap } from './handlers/dispatch.ts';
import type { RequireRight } from './handlers/scope.ts';
import type { WatchMetrics } from './metrics/watch-metrics.ts';
import type { OpenApiDocuments } from './openapi/router.ts';
import type { Random } from './registry/random.ts';
import type { Resource } from './registry/rest.ts';
import { createStoredResource } from './registry/store.ts';
import { type CacheOf, createTableContext } from './registry/table-context.ts';
import type { Storage } from './storage/storage.ts';
import { createFeed } from './storage/watchcache/feed.ts';
import type { Feed, ResourceCache } from './storage/watchcache/types.ts';

/** What computed kinds and admission may look at. */
export interface EngineContext {
  readonly feed: Feed;
  /** @throws Error for a kind that is not stored here */
  readonly cache: (group: string, plural: string) => ResourceCache;
  readonly clock: Clock;
}

export interface ComputedKind {
  readonly kind: Kind;
  readonly create: (context: EngineContext) => Resource;
}

export interface EngineOptions {
  readonly stored: readonly Kind[];
  readonly computed: readonly ComputedKind[];
  readonly storage: Storage;
  /** In front of every key, without '/' at its end. */
  readonly keyPrefix: string;
  /** Called once, when every cache is registered. */
  readonly admission: (context: EngineContext) => Admission;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  readonly watchMetrics?: WatchMetrics;
  /** Asked when applying creates an object: the request was authorized as a patch. */
  readonly authorizer: Authorizer;
}

export interface ObjectCount {
  readonly group: string;
  readonly resource: string;
  readonly objects: number;
}

export interface Engine {
  readonly kinds: readonly Kind[];
  readonly feed: Feed;
  readonly handler: Handler;
  readonly cacheOf: CacheOf;
  objectCounts(): ObjectCount[];
  /** Loads the caches; resolves when they are ready. Requests before are answered 503 by the server. */
  start(): Promise<void>;
  /** Stops following the storage; does not close it. */
  stop(): Promise<void>;
}

export function createEngine(options: EngineOptions): Engine {
  const { stored, computed, storage, keyPrefix, clock, random, log } = options;
  const feed = createFeed(storage, {
    prefix: keyPrefix,
    clock,
    report: (problem, err) => log.warn({ err }, problem),
  });
  const admission = lateAdmission();
  const resources = stored.map((kind) =>
    createStoredResource(kind, { storage, feed, keyPrefix, admission: admission.chain, clock, random }),
  );
  const caches = new Map(resources.map((r) => [`${r.kind.group}/${r.kind.plural}`, r.cache]));
  const cacheOf: CacheOf = (group, plural) => caches.get(`${group}/${plural}`);
  const context: EngineContext = {
    feed,
    clock,
    cache(group, plural) {
      const cache = cacheOf(group, plural);
      if (cache === undefined) throw new Error(`${plural}.${group} is not stored here`);
      return cache;
    },
  };
  admission.set(options.admission(context));
  return {
    kinds: [...stored, ...computed.map((c) => c.kind)],
    feed,
    handler: createDispatcher({
      resources: resourceMap([...resources, ...computed.map((c) => c.create(context))]),
      clock,
      random,
      tableContext: (kind) => createTableContext(kind, cacheOf, clock),
      requireRight: requireRight(options.authorizer),
      ...(options.watchMetrics === undefined ? {} : { watchMetrics: options.watchMetrics }),
    }),
    cacheOf,
    objectCounts: () =>
      resources.map(({ kind, cache }) => ({
        group: kind.group,
        resource: kind.plural,
        objects: feed.ready ? cache.snapshot().size : 0,
      })),
    start: () => feed.start(),
    stop: () => feed.stop(),
  };
}

const requireRight =
  (authorizer: Authorizer): RequireRight =>
  async (attributes) => {
    const { allowed, reason } = await authorizer.authorize(attributes);
    if (!allowed) throw forbiddenError(attributes, reason);
  };

/** Resources want their admission when made; some admission wants the resources' caches. */
function lateAdmission(): { readonly chain: Admission; set(admission: Admission): void } {
  let admission: Admission | undefined;
  const current = (): Admission => {
    if (admission === undefined) throw new Error('a write came before admission was set');
    return admission;
  };
  return {
    chain: {
      mutate: (attributes) => current().mutate(attributes),
      validate: (attributes) => current().validate(attributes),
    },
    set(next) {
      admission = next;
    },
  };
}

/** The OpenAPI documents of kinds: v2 whole, v3 one a group version. */
export function openApiDocuments(kinds: readonly Kind[], info: OpenApiInfo): OpenApiDocuments {
  const byVersion = Map.groupBy(kinds, apiVersionOf);
  return {
    v2: () => openApiV2(kinds, info),
    v3: new Map(
      [...byVersion].map(([version, ofVersion]) => [
        version.includes('/') ? `apis/${version}` : `api/${version}`,
        () => openApiV3(ofVersion, info),
      ]),
    ),
  };
}
