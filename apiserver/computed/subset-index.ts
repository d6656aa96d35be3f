/**
 * What subsets are computed from, as it is now: which Endpoints a group selects and which ServicePorts point at
 * it, kept up from the feed. So a change costs what it touches, whatever the number of groups and of watches.
 *
 *   feed ──batch──► index ──touched groups and nodes──► shared answers, watches
 *
 * 1. It is made when the first subset is asked for: a server that nobody asks keeps none.
 * 2. From then on it is at the revision of the caches: it hears of a batch before the event loop turns.
 */
import { isDeepStrictEqual } from 'node:util';
import { SelectorIndex } from '../../api/meta/selector-index.ts';
import type { Endpoint, ServiceGroup, ServicePort } from '../../api/services/v3alpha1/types.ts';
import type { CachedObject, Feed, FeedBatch } from '../storage/watchcache/types.ts';
import {
  groupKey,
  groupsAndNodes,
  type SubsetCaches,
  type SubsetSource,
  selectorOf,
} from './subset-source.ts';

/** What a batch may have changed: groups by `<namespace>/<name>`, and nodes by name. */
export interface Touched {
  readonly groups: ReadonlySet<string>;
  readonly nodes: ReadonlySet<string>;
}

type Change = Pick<FeedBatch['changes'][number], 'cache' | 'current' | 'previous'>;

export class SubsetIndex {
  readonly #feed: Feed;
  readonly #caches: SubsetCaches;
  readonly #listeners = new Set<(touched: Touched) => void>();
  /** Endpoints by the groups that select them. */
  readonly #members = new SelectorIndex<CachedObject>();
  /** ServicePorts by the group they point at, then by name. */
  readonly #ports = new Map<string, Map<string, CachedObject>>();
  #made = false;

  constructor(feed: Feed, caches: SubsetCaches) {
    this.#feed = feed;
    this.#caches = caches;
  }

  /** The state now; good until the event loop turns. The feed must be ready. */
  source(): SubsetSource {
    this.#make();
    const groups = this.#caches.groups.snapshot();
    return {
      revision: groups.revision,
      ...groupsAndNodes(this.#caches, groups, this.#caches.nodes.snapshot()),
      portsOf: ({ metadata: { namespace = '', name = '' } }) =>
        [...(this.#ports.get(groupKey(namespace, name))?.values() ?? [])].map(
          (entry) => entry.object() as ServicePort,
        ),
      endpointsOf: ({ metadata: { namespace = '', name = '' } }) =>
        this.#members.matched(namespace, name).map((entry) => entry.object() as Endpoint),
    };
  }

  /** Tells of every batch that touches something, once the index has it. @returns how to stop */
  subscribe(listener: (touched: Touched) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #make(): void {
    if (this.#made) return;
    this.#made = true;
    const { groups, ports, endpoints } = this.#caches;
    for (const cache of [groups, ports, endpoints]) {
      for (const current of cache.snapshot().range(cache.prefix)) {
        this.#file({ cache, current, previous: undefined });
      }
    }
    this.#feed.subscribe((batch) => this.#follow(batch));
  }

  #follow({ changes }: FeedBatch): void {
    const groups = new Set<string>();
    const nodes = new Set<string>();
    for (const change of changes) {
      for (const group of this.#file(change)) groups.add(group);
      const { cache, current, previous } = change;
      if (cache === this.#caches.nodes) nodes.add((current ?? previous)?.name ?? '');
    }
    if (groups.size === 0 && nodes.size === 0) return;
    for (const listener of this.#listeners) listener({ groups, nodes });
  }

  /** @returns keys of the groups whose answers may differ now */
  #file(change: Change): string[] {
    if (change.cache === this.#caches.groups) return this.#fileGroup(change);
    if (change.cache === this.#caches.ports) return this.#filePort(change);
    if (change.cache === this.#caches.endpoints) return this.#fileEndpoint(change);
    return [];
  }

  #fileGroup({ current, previous }: Change): string[] {
    const { namespace = '', name = '' } = current ?? previous ?? {};
    const group = current?.object() as ServiceGroup | undefined;
    const before = previous?.object() as ServiceGroup | undefined;
    const requirements = group === undefined ? undefined : selectorOf(group);
    if (requirements === undefined) this.#members.deleteSelector(namespace, name);
    // Status is written often, and filing a selector costs what it selects.
    else if (!isDeepStrictEqual(before?.spec.selector, group?.spec.selector)) {
      this.#members.setSelector(namespace, name, requirements);
    }
    return [groupKey(namespace, name)];
  }

  #filePort({ current, previous }: Change): string[] {
    const [from, to] = [pointsAt(previous), pointsAt(current)];
    if (previous !== undefined && from !== undefined) {
      const ports = this.#ports.get(from);
      ports?.delete(previous.name);
      if (ports?.size === 0) this.#ports.delete(from);
    }
    if (current !== undefined && to !== undefined) {
      const ports = this.#ports.get(to) ?? new Map<string, CachedObject>();
      this.#ports.set(to, ports.set(current.name, current));
    }
    return [from, to].filter((key) => key !== undefined);
  }

  #fileEndpoint({ current, previous }: Change): string[] {
    const { namespace = '', name = '' } = current ?? previous ?? {};
    const groups =
      current === undefined
        ? this.#members.delete(namespace, name)
        : this.#members.set(namespace, name, current.labels, current);
    return [...groups].map((group) => groupKey(namespace, group));
  }
}

/** The key of the group that a ServicePort points at. */
function pointsAt(entry: CachedObject | undefined): string | undefined {
  if (entry === undefined) return undefined;
  const { groupRef } = (entry.object() as ServicePort).spec;
  return groupRef === undefined ? undefined : groupKey(entry.namespace, groupRef.name);
}
