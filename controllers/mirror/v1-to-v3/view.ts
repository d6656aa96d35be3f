/**
 * The v3 objects as a plan sees them: the informers' copies, but never older than what we wrote ourselves.
 *
 *   write ──► server ──► answer ──► Written ──┐
 *                └─────► watch ──► informer ──┴──► view
 *
 * Without it the event of our first write would start a reconcile that knows nothing of the second, and
 * would write that again, in vain.
 */
import type { KubeObject } from '../../../api/meta/types.ts';
import type {
  ServiceGroup,
  ServiceMirror,
  ServicePort,
  TopologyPolicy,
} from '../../../api/services/v3alpha1/types.ts';
import type { Clock } from '../../../client/clock.ts';
import { joinKey } from '../../runtime/object-key.ts';
import type { Informer } from '../../runtime/types.ts';

/** Every kind the mirror writes. */
export interface MirrorKinds {
  readonly ServiceGroup: ServiceGroup;
  readonly ServicePort: ServicePort;
  readonly TopologyPolicy: TopologyPolicy;
  readonly ServiceMirror: ServiceMirror;
}
export type MirrorKind = keyof MirrorKinds;

/** What plans read. Objects are not to be changed. */
export interface V3View {
  get<K extends MirrorKind>(kind: K, namespace: string, name: string): MirrorKinds[K] | undefined;
  /** ServicePorts of a frontend, whoever made them. */
  portsOf(namespace: string, frontend: string): readonly ServicePort[];
}

export interface MirrorInformers {
  readonly serviceGroups: Informer<ServiceGroup>;
  /** With the index `frontend`: by `<namespace>/<frontend>`. */
  readonly servicePorts: Informer<ServicePort>;
  readonly topologyPolicies: Informer<TopologyPolicy>;
  readonly serviceMirrors: Informer<ServiceMirror>;
}

/** Milliseconds after which a write that the watch never showed is no longer believed. */
const BELIEVED_MS = 30_000;

type Entry =
  | { readonly kind: 'written'; readonly object: KubeObject; readonly at: number }
  | { readonly kind: 'deleted'; readonly uid: string; readonly at: number };

/** Our own writes that the informers may not show yet. */
export interface Written {
  wrote(kind: MirrorKind, object: KubeObject): void;
  deleted(kind: MirrorKind, object: KubeObject): void;
  /** An event told by the informer: what we know may be old now. */
  saw(kind: MirrorKind, event: { type: 'added' | 'modified' | 'deleted'; object: KubeObject }): void;
  /** The newer of the informer's copy and what we wrote. */
  newest<T extends KubeObject>(kind: MirrorKind, key: string, cached: T | undefined): T | undefined;
  /** ServicePorts we wrote in a namespace, for those not in the informer's index yet. */
  portKeys(): Iterable<string>;
}

export function createWritten(clock: Pick<Clock, 'now'>): Written {
  const kinds: Readonly<Record<MirrorKind, Map<string, Entry>>> = {
    ServiceGroup: new Map(),
    ServicePort: new Map(),
    TopologyPolicy: new Map(),
    ServiceMirror: new Map(),
  };
  const keyOf = (object: KubeObject): string =>
    joinKey(object.metadata.namespace, object.metadata.name ?? '');

  return {
    wrote: (kind, object) => kinds[kind].set(keyOf(object), { kind: 'written', object, at: clock.now() }),
    deleted: (kind, object) =>
      kinds[kind].set(keyOf(object), { kind: 'deleted', uid: object.metadata.uid ?? '', at: clock.now() }),
    saw(kind, { type, object }) {
      const entries = kinds[kind];
      const entry = entries.get(keyOf(object));
      if (entry === undefined) return;
      const caughtUp =
        entry.kind === 'deleted'
          ? type === 'deleted' || object.metadata.uid !== entry.uid || isLeaving(object)
          : type === 'deleted'
            ? object.metadata.uid === entry.object.metadata.uid
            : versionOf(object) >= versionOf(entry.object);
      if (caughtUp) entries.delete(keyOf(object));
    },
    newest<T extends KubeObject>(kind: MirrorKind, key: string, cached: T | undefined): T | undefined {
      const entry = kinds[kind].get(key);
      if (entry === undefined) return cached;
      if (clock.now() - entry.at > BELIEVED_MS) {
        kinds[kind].delete(key);
        return cached;
      }
      if (entry.kind === 'deleted') return cached?.metadata.uid === entry.uid ? undefined : cached;
      // Only objects of this kind are put under it.
      return cached !== undefined && versionOf(cached) >= versionOf(entry.object)
        ? cached
        : (entry.object as T);
    },
    portKeys: () => kinds.ServicePort.keys(),
  };
}

/** A finalizer holds it: it is deleted as far as we are concerned, and still in the way. */
const isLeaving = (object: KubeObject): boolean => object.metadata.deletionTimestamp !== undefined;

/** Versions of our own API are decimal and ordered within a kind. */
function versionOf(object: KubeObject): bigint {
  const text = object.metadata.resourceVersion ?? '';
  return /^\d+$/.test(text) ? BigInt(text) : 0n;
}

export function createView(informers: MirrorInformers, written: Written): V3View {
  const byKind: { readonly [K in MirrorKind]: Informer<MirrorKinds[K]> } = {
    ServiceGroup: informers.serviceGroups,
    ServicePort: informers.servicePorts,
    TopologyPolicy: informers.topologyPolicies,
    ServiceMirror: informers.serviceMirrors,
  };
  function get<K extends MirrorKind>(kind: K, namespace: string, name: string): MirrorKinds[K] | undefined {
    const key = joinKey(namespace, name);
    return written.newest<MirrorKinds[K]>(kind, key, byKind[kind].get(key));
  }
  return {
    get,
    portsOf(namespace, frontend) {
      const indexed = informers.servicePorts.byIndex('frontend', joinKey(namespace, frontend));
      const names = new Set(indexed.map((port) => port.metadata.name ?? ''));
      for (const key of written.portKeys()) {
        if (key.startsWith(`${namespace}/`)) names.add(key.slice(namespace.length + 1));
      }
      return [...names]
        .flatMap((name) => get('ServicePort', namespace, name) ?? [])
        .filter((port) => port.spec.frontend === frontend);
    },
  };
}
