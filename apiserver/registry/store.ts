/**
 * A stored kind as a Resource: reads from the watch cache, writes through the storage, each verb in its own
 * file beside this one. Nothing here knows a kind by name.
 */
import type { Kind } from '../../api/kind.ts';
import type { Clock } from '../../client/clock.ts';
import type { Admission } from '../admission/admission.ts';
import { resourcePrefix } from '../storage/key.ts';
import type { Storage } from '../storage/storage.ts';
import type { Feed, ResourceCache } from '../storage/watchcache/types.ts';
import { createObject } from './create.ts';
import { deleteObject } from './delete.ts';
import { type StoredScope, subjectOf } from './dependencies.ts';
import { listObjects } from './list.ts';
import type { Random } from './random.ts';
import { readObject } from './read.ts';
import type { Reader, Resource, Writer } from './rest.ts';
import { updateObject } from './update.ts';
import { watchObjects } from './watch.ts';

export interface StoreDependencies {
  readonly storage: Storage;
  /** Not started yet: the kind registers its cache with it. */
  readonly feed: Feed;
  /** In front of every key, without a '/' at its end: several installs may share one storage. */
  readonly keyPrefix: string;
  readonly admission: Admission;
  readonly clock: Clock;
  readonly random: Random;
}

export interface StoredResource extends Resource {
  readonly writer: Writer;
  /** The objects as cached, for whoever computes from them. */
  readonly cache: ResourceCache;
}

export function createStoredResource(kind: Kind, dependencies: StoreDependencies): StoredResource {
  const { keyPrefix, feed, ...rest } = dependencies;
  const cache = feed.register(resourcePrefix(keyPrefix, kind.group, kind.plural));
  const scope: StoredScope = { ...rest, kind, subject: subjectOf(kind), feed, cache };
  const reader: Reader = {
    get: (context, namespace, name, resourceVersion) =>
      readObject(scope, context, namespace, name, resourceVersion),
    list: (context, options) => listObjects(scope, context, options),
    watch: (context, options) => watchObjects(scope, context, options),
  };
  const writer: Writer = {
    create: (context, namespace, object, options) => createObject(scope, context, namespace, object, options),
    update: (context, namespace, name, transform, options) =>
      updateObject(scope, context, namespace, name, transform, options),
    delete: (context, namespace, name, options) => deleteObject(scope, context, namespace, name, options),
  };
  return { kind, reader, writer, cache };
}
