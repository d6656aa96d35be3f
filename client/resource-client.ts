/** The verbs of one resource, on top of the wire. */
import { ApiError } from '../api/meta/api-error.ts';
import type { KubeList, KubeObject } from '../api/meta/types.ts';
import { isStatus } from './body.ts';
import { ClientError } from './errors.ts';
import { apiVersionOfRef, pathOf } from './resources.ts';
import type {
  ClientWatchEvent,
  DeleteParameters,
  ListParameters,
  PatchParameters,
  PatchType,
  ResourceClient,
  ResourceRef,
  WatchParameters,
} from './types.ts';
import type { Wire, WireRequest } from './wire.ts';

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
  return new WireResourceClient<T>(wire, ref);
}

class WireResourceClient<T extends KubeObject> implements ResourceClient<T> {
  readonly ref: ResourceRef;
  readonly #wire: Wire;

  constructor(wire: Wire, ref: ResourceRef) {
    this.#wire = wire;
    this.ref = ref;
  }

  get(namespace: string | undefined, name: string): Promise<T> {
    return this.#object({ method: 'GET', path: pathOf(this.ref, namespace, name) });
  }

  async list(parameters: ListParameters = {}): Promise<KubeList<T>> {
    const value = await this.#wire.json({
      method: 'GET',
      path: pathOf(this.ref, parameters.namespace),
      query: listQuery(parameters),
    });
    return decodeList<T>(value, this.ref);
  }

  watch(parameters: WatchParameters): AsyncIterable<ClientWatchEvent<T>> {
    return watch<T>(this.#wire, this.ref, parameters);
  }

  create(object: T, options: { dryRun?: boolean } = {}): Promise<T> {
    return this.#object({
      method: 'POST',
      path: pathOf(this.ref, object.metadata.namespace),
      query: { dryRun: options.dryRun === true ? 'All' : undefined },
      body: object,
    });
  }

  update(object: T): Promise<T> {
    return this.#put(object);
  }

  updateStatus(object: T): Promise<T> {
    return this.#put(object, 'status');
  }

  patch(
    namespace: string | undefined,
    name: string,
    type: PatchType,
    patch: unknown,
    options: PatchParameters = {},
  ): Promise<T> {
    return this.#object({
      method: 'PATCH',
      path: pathOf(this.ref, namespace, name, options.subresource),
      query: { fieldManager: options.fieldManager, force: booleanText(options.force) },
      body: patch,
      contentType: patchContentTypes[type],
    });
  }

  async delete(namespace: string | undefined, name: string, options: DeleteParameters = {}): Promise<void> {
    const { preconditions, propagationPolicy } = options;
    await this.#wire.json({
      method: 'DELETE',
      path: pathOf(this.ref, namespace, name),
      body: {
        kind: 'DeleteOptions',
        apiVersion: 'v1',
        ...(preconditions === undefined ? {} : { preconditions }),
        ...(propagationPolicy === undefined ? {} : { propagationPolicy }),
      },
    });
  }

  async deleteCollection(parameters: ListParameters = {}): Promise<void> {
    await this.#wire.json({
      method: 'DELETE',
      path: pathOf(this.ref, parameters.namespace),
      query: listQuery(parameters),
    });
  }

  async #put(object: T, subresource?: string): Promise<T> {
    const { name, namespace } = object.metadata;
    if (name === undefined) throw new ClientError('Protocol', `a ${this.ref.kind} without a name`);
    return this.#object({
      method: 'PUT',
      path: pathOf(this.ref, namespace, name, subresource),
      body: object,
    });
  }

  /** A request whose answer is one object of this resource. */
  async #object(request: WireRequest): Promise<T> {
    const value = await this.#wire.json(request);
    if (isObject(value)) return value as T;
    throw new ClientError('Protocol', `expected a ${this.ref.kind}, got something else`);
  }
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
function decodeList<T extends KubeObject>(value: unknown, ref: ResourceRef): KubeList<T> {
  if (!isObject(value) || !('items' in value)) {
    throw new ClientError('Protocol', `expected a list of ${ref.plural}, got something else`);
  }
  const list = value as unknown as Omit<KubeList<T>, 'items'> & { items: T[] | null };
  const items = list.items ?? [];
  const apiVersion = apiVersionOfRef(ref);
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
