/**
 * An API server in memory, for tests of the import: the real kinds default and validate what is written;
 * resourceVersions, uids, preconditions and status isolation are as the server has them. Informers show
 * either every write at once or only what was delivered, so that old copies can be tested.
 */

import {
  type ApiError,
  alreadyExists,
  conflict,
  invalidObject,
  notFound,
} from '../../../../../api/meta/api-error.ts';
import type { KubeObject } from '../../../../../api/meta/types.ts';
import { applyDefaults, prune, validateStructure } from '../../../../../api/schema/structural.ts';
import { servicesKinds } from '../../../../../api/services/v3alpha1/kinds.ts';
import type { ServicePort } from '../../../../../api/services/v3alpha1/types.ts';
import type { ApiClient, ResourceClient, ResourceRef } from '../../../../../client/types.ts';
import { joinKey, keyOf } from '../../../../../controllers/runtime/object-key.ts';
import type { Informer, InformerEvent } from '../../../../../controllers/runtime/types.ts';

export interface Write {
  readonly verb: 'create' | 'update' | 'updateStatus' | 'delete';
  readonly kind: string;
  readonly name: string;
}

type Fault = (write: Write) => ApiError | Error | undefined;

export class FakeCluster {
  readonly writes: Write[] = [];
  /** Informers show writes only after `deliver`. */
  lagging = false;
  /** Asked before each write; what it returns is thrown. */
  fault: Fault = () => undefined;
  now = '2026-01-02T03:04:05Z';
  readonly #stored = new Map<string, Map<string, KubeObject>>();
  readonly #shown = new Map<string, Map<string, KubeObject>>();
  readonly #listeners = new Map<string, ((event: InformerEvent<KubeObject>) => void)[]>();
  readonly #undelivered: { kind: string; event: InformerEvent<KubeObject> }[] = [];
  #version = 100;

  /** Puts an object there as it is, as somebody else would. */
  put<T extends KubeObject>(object: T): T {
    const uid = this.find(object.kind, object.metadata.namespace, object.metadata.name ?? '')?.metadata.uid;
    const metadata = {
      creationTimestamp: this.now,
      uid: uid ?? `uid-${++this.#version}`,
      ...object.metadata,
    };
    const stored = { ...object, metadata: { ...metadata, resourceVersion: String(++this.#version) } };
    this.#store(stored);
    return stored;
  }

  drop(kind: string, namespace: string | undefined, name: string): void {
    const object = this.find(kind, namespace, name);
    if (object !== undefined) this.#remove(object);
  }

  find<T extends KubeObject>(kind: string, namespace: string | undefined, name: string): T | undefined {
    return this.#of(this.#stored, kind).get(joinKey(namespace, name)) as T | undefined;
  }

  all<T extends KubeObject>(kind: string): T[] {
    return [...this.#of(this.#stored, kind).values()] as T[];
  }

  /** Tells the informers of everything that has happened. */
  deliver(): void {
    for (const { kind, event } of this.#undelivered.splice(0)) this.#show(kind, event);
  }

  /** Writes since the last call. */
  taken(): Write[] {
    return this.writes.splice(0);
  }

  informer<T extends KubeObject>(kind: string): Informer<T> {
    const shown = this.#of(this.#shown, kind) as Map<string, T>;
    return {
      get: (key) => shown.get(key),
      list: () => [...shown.values()],
      byIndex: (_, value) =>
        [...shown.values()].filter((o) => {
          const port = o as unknown as ServicePort;
          return joinKey(o.metadata.namespace, port.spec.frontend ?? '') === value;
        }),
      synced: true,
      whenSynced: () => Promise.resolve(),
      subscribe: (listener) => {
        const listeners = this.#listeners.get(kind) ?? [];
        this.#listeners.set(kind, [...listeners, listener as (event: InformerEvent<KubeObject>) => void]);
        return () => undefined;
      },
    };
  }

  client(): ApiClient {
    return {
      resource: <T extends KubeObject>(ref: ResourceRef) =>
        this.#resource(ref) as unknown as ResourceClient<T>,
      request: () => Promise.reject(new Error('not served here')),
      close: () => Promise.resolve(),
    };
  }

  #resource(ref: ResourceRef): Pick<ResourceClient, 'get' | 'create' | 'update' | 'updateStatus' | 'delete'> {
    const subject = { group: ref.group, resource: ref.plural, kind: ref.kind };
    const existing = (namespace: string | undefined, name: string): KubeObject => {
      const object = this.find(ref.kind, namespace, name);
      if (object === undefined) throw notFound(subject, name);
      return object;
    };
    const checked = (object: KubeObject): KubeObject => {
      const current = existing(object.metadata.namespace, object.metadata.name ?? '');
      const { resourceVersion, uid } = object.metadata;
      const stale =
        resourceVersion !== current.metadata.resourceVersion ||
        (uid !== undefined && uid !== current.metadata.uid);
      if (stale) throw conflict(subject, object.metadata.name ?? '');
      return current;
    };
    return {
      get: async (namespace, name) => existing(namespace, name),
      create: async (object) => {
        const name = object.metadata.name ?? '';
        this.#note('create', ref.kind, name);
        if (this.find(ref.kind, object.metadata.namespace, name) !== undefined)
          throw alreadyExists(subject, name);
        const { status, ...rest } = object as KubeObject & { status?: unknown };
        const { uid, resourceVersion, ...metadata } = rest.metadata;
        return this.put(accepted({ ...rest, metadata }, undefined));
      },
      update: async (object) => {
        this.#note('update', ref.kind, object.metadata.name ?? '');
        const current = checked(object) as KubeObject & { status?: unknown };
        const status = current.status === undefined ? {} : { status: current.status };
        const { status: _, ...rest } = object as KubeObject & { status?: unknown };
        return this.put({ ...accepted(rest as KubeObject, current), ...status });
      },
      updateStatus: async (object) => {
        this.#note('updateStatus', ref.kind, object.metadata.name ?? '');
        const current = checked(object);
        return this.put(
          accepted({ ...current, status: (object as { status?: unknown }).status } as KubeObject, current),
        );
      },
      delete: async (namespace, name, options) => {
        this.#note('delete', ref.kind, name);
        const object = existing(namespace, name);
        const uid = options?.preconditions?.uid;
        if (uid !== undefined && uid !== object.metadata.uid) throw conflict(subject, name);
        this.#remove(object);
      },
    };
  }

  #note(verb: Write['verb'], kind: string, name: string): void {
    const write = { verb, kind, name };
    const error = this.fault(write);
    if (error !== undefined) throw error;
    this.writes.push(write);
  }

  #store(object: KubeObject): void {
    const key = keyOf(object);
    const previous = this.#of(this.#stored, object.kind).get(key);
    this.#of(this.#stored, object.kind).set(key, object);
    this.#tell(object.kind, { type: previous === undefined ? 'added' : 'modified', key, object, previous });
  }

  #remove(object: KubeObject): void {
    const key = keyOf(object);
    this.#of(this.#stored, object.kind).delete(key);
    this.#tell(object.kind, { type: 'deleted', key, object, previous: object });
  }

  #tell(kind: string, event: InformerEvent<KubeObject>): void {
    if (this.lagging) this.#undelivered.push({ kind, event });
    else this.#show(kind, event);
  }

  #show(kind: string, event: InformerEvent<KubeObject>): void {
    if (event.type === 'deleted') this.#of(this.#shown, kind).delete(event.key);
    else this.#of(this.#shown, kind).set(event.key, event.object);
    for (const listener of this.#listeners.get(kind) ?? []) listener(event);
  }

  #of(maps: Map<string, Map<string, KubeObject>>, kind: string): Map<string, KubeObject> {
    let map = maps.get(kind);
    if (map === undefined) {
      map = new Map();
      maps.set(kind, map);
    }
    return map;
  }
}

/** The object as the real kind stores it. */
function accepted(given: KubeObject, old: KubeObject | undefined): KubeObject {
  const kind = servicesKinds.find((k) => k.kind === given.kind);
  if (kind === undefined) return given;
  const object = applyDefaults(prune(structuredClone(given), kind.schema).value, kind.schema);
  if (old === undefined) kind.strategy.prepareForCreate?.(object);
  else kind.strategy.prepareForUpdate?.(object, old);
  if (old !== undefined)
    kind.strategy.prepareForStatusUpdate?.(object, old, new Date('2026-01-02T03:04:05Z'));
  const errors = [
    ...validateStructure(
      { ...object, metadata: { ...object.metadata, creationTimestamp: '2026-01-02T03:04:05Z' } },
      kind.schema,
    ),
    ...kind.strategy.validate(object),
    ...(old === undefined ? [] : (kind.strategy.validateUpdate?.(object, old) ?? [])),
    ...kind.strategy
      .validateName(object.metadata.name ?? '')
      .map((message) => ({ field: 'metadata.name', message })),
  ];
  if (errors.length > 0)
    throw invalidObject(
      { group: kind.group, resource: kind.plural, kind: kind.kind },
      object.metadata.name ?? '',
      errors as never,
    );
  return object;
}
