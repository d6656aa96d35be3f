/** The verbs of one resource, on top of the wire. */
import { ApiError } from '../api/meta/api-error.ts';
import type { KubeList, KubeObject } from '../api/meta/types.ts';
import { isStatus } from './body.ts';
import { ClientError } from './errors.ts';
import { apiVersionOfRef, pathOf } from './resources.ts';
import type {
  ClientWatchEvent,
  ListParameters,
  PatchType,
  ResourceClient,
  ResourceRef,
  WatchParameters,
} from './types.ts';
import type { Wire } from './wire.ts';

const patchContentTypes: Record<PatchType, string> = {
  json: 'application/json-patch+json',
  merge: 'application/merge-patch+json',
  strategic: 'application/strategic-merge-patch+json',
  // JSON is YAML; the `+yaml` form is the one that every server version understands.
  apply: 'application/apply-patch+yaml',
};

/** Seconds that a watch may outlive the end it asked for, before it counts as dead. */
const watchGraceSeconds = 30;

export function createResourceClient<T extends KubeObject>(wire: Wire, ref: ResourceRef): ResourceClient<T> {
  const apiVersion = apiVersionOfRef(ref);

  const one = async (answer: Promise<unknown>): Promise<T> => {
    const value = await answer;
    if (isObject(value)) return value as T;
    throw new ClientError('Protocol', `expected a ${ref.kind}, got something else`);
  };
  const nameOf = (object: T): string => {
    if (object.metadata.name === undefined) throw new ClientError('Protocol', `a ${ref.kind} without a name`);
    return object.metadata.name;
  };
  const put = (object: T, subresource?: string): Promise<T> =>
    one(
      wire.json({
        method: 'PUT',
        path: pathOf(ref, object.metadata.namespace, nameOf(object), subresource),
        body: object,
      }),
    );

  return {
    ref,
    get: (namespace, name) => one(wire.json({ method: 'GET', path: pathOf(ref, namespace, name) })),
    async list(parameters = {}) {
      const value = await wire.json({
        method: 'GET',
        path: pathOf(ref, parameters.namespace),
        query: listQuery(parameters),
      });
      return decodeList<T>(value, ref, apiVersion);
    },
    watch: (parameters) => watch<T>(wire, ref, parameters),
    create: (object, options = {}) =>
      one(
        wire.json({
          method: 'POST',
          path: pathOf(ref, object.metadata.namespace),
          query: { dryRun: options.dryRun === true ? 'All' : undefined },
          body: object,
        }),
      ),
    update: (object) => put(object),
    updateStatus: (object) => put(object, 'status'),
    patch: (namespace, name, type, patch, options = {}) =>
      one(
        wire.json({
          method: 'PATCH',
          path: pathOf(ref, namespace, name, options.subresource),
          query: {
            fieldManager: options.fieldManager,
            force: options.force === undefined ? undefined : String(options.force),
          },
          body: patch,
          contentType: patchContentTypes[type],
        }),
      ),
    async delete(namespace, name, options = {}) {
      const { preconditions, propagationPolicy } = options;
      await wire.json({
        method: 'DELETE',
        path: pathOf(ref, namespace, name),
        body: {
          kind: 'DeleteOptions',
          apiVersion: 'v1',
          ...(preconditions === undefined ? {} : { preconditions }),
          ...(propagationPolicy === undefined ? {} : { propagationPolicy }),
        },
      });
    },
    async deleteCollection(parameters = {}) {
      await wire.json({
        method: 'DELETE',
        path: pathOf(ref, parameters.namespace),
        query: listQuery(parameters),
      });
    },
  };
}

async function* watch<T extends KubeObject>(
  wire: Wire,
  ref: ResourceRef,
  parameters: WatchParameters,
): AsyncGenerator<ClientWatchEvent<T>, void, void> {
  const limit =
    parameters.timeoutSeconds === undefined
      ? undefined
      : AbortSignal.timeout((parameters.timeoutSeconds + watchGraceSeconds) * 1000);
  const signal = limit === undefined ? parameters.signal : AbortSignal.any([parameters.signal, limit]);
  const values = wire.stream({
    method: 'GET',
    path: pathOf(ref, parameters.namespace),
    query: {
      watch: 'true',
      labelSelector: parameters.labelSelector,
      fieldSelector: parameters.fieldSelector,
      resourceVersion: parameters.resourceVersion,
      resourceVersionMatch: parameters.resourceVersionMatch,
      sendInitialEvents: booleanText(parameters.sendInitialEvents),
      allowWatchBookmarks: booleanText(parameters.allowWatchBookmarks),
      timeoutSeconds: parameters.timeoutSeconds === undefined ? undefined : String(parameters.timeoutSeconds),
    },
    signal,
  });
  for await (const value of values) {
    if (isWatchEvent<T>(value)) yield value;
    // Some failures come as a bare Status where an event was due.
    else if (isStatus(value)) throw ApiError.fromStatus(value);
    else throw new ClientError('Protocol', `a watch of ${ref.plural} sent something that is no event`);
  }
}

const booleanText = (value: boolean | undefined): string | undefined =>
  value === undefined ? undefined : String(value);

function listQuery(parameters: ListParameters): Record<string, string | undefined> {
  return {
    labelSelector: parameters.labelSelector,
    fieldSelector: parameters.fieldSelector,
    limit: parameters.limit === undefined ? undefined : String(parameters.limit),
    continue: parameters.continue,
    resourceVersion: parameters.resourceVersion,
    resourceVersionMatch: parameters.resourceVersionMatch,
  };
}

/** kube-apiserver leaves kind and apiVersion out of the items of built-in kinds; callers get whole objects. */
function decodeList<T extends KubeObject>(value: unknown, ref: ResourceRef, apiVersion: string): KubeList<T> {
  if (!isObject(value) || !('items' in value)) {
    throw new ClientError('Protocol', `expected a list of ${ref.plural}, got something else`);
  }
  const list = value as unknown as Omit<KubeList<T>, 'items'> & { items: T[] | null };
  const items = list.items ?? [];
  for (const item of items) {
    item.kind ??= ref.kind;
    item.apiVersion ??= apiVersion;
  }
  return { ...list, items };
}

function isObject(value: unknown): value is KubeObject {
  return typeof value === 'object' && value !== null && 'metadata' in value;
}

const eventTypes: ReadonlySet<unknown> = new Set(['ADDED', 'MODIFIED', 'DELETED', 'BOOKMARK', 'ERROR']);

function isWatchEvent<T extends KubeObject>(value: unknown): value is ClientWatchEvent<T> {
  return (
    typeof value === 'object' &&
    value !== null &&
    'type' in value &&
    eventTypes.has(value.type) &&
    'object' in value &&
    typeof value.object === 'object'
  );
}
