/**
 * What EndpointSubsets are computed from: the caches of the kinds they depend on, cut at one revision, and
 * which groups a change touches.
 */
import { fromLabelSelector, matchesLabels } from '../../api/meta/labels.ts';
import type { LabelRequirements } from '../../api/meta/selectors.ts';
import type { KubeObject } from '../../api/meta/types.ts';
import type { Endpoint, NodeTopology, ServiceGroup, ServicePort } from '../../api/services/v3alpha1/types.ts';
import { namespacePrefix, objectKey } from '../storage/key.ts';
import type { Revision } from '../storage/storage.ts';
import type { CachedObject, CacheSnapshot, FeedBatch, ResourceCache } from '../storage/watchcache/types.ts';

export interface SubsetCaches {
  readonly groups: ResourceCache;
  readonly ports: ResourceCache;
  readonly endpoints: ResourceCache;
  readonly nodes: ResourceCache;
}

/** All caches at one revision. */
export interface SubsetSource {
  readonly revision: Revision;
  group(namespace: string, name: string): ServiceGroup | undefined;
  /** In name order. @param namespace undefined: every namespace */
  groups(namespace: string | undefined): Iterable<ServiceGroup>;
  /** The ServicePorts that point at a group. */
  portsOf(group: ServiceGroup): ServicePort[];
  /** The Endpoints that a group's selector matches. */
  endpointsOf(group: ServiceGroup): Endpoint[];
  node(name: string): NodeTopology | undefined;
}

/** @throws StorageError Compacted or FutureRevision when `at` is outside the caches' history */
export function cutSource(caches: SubsetCaches, at?: Revision): SubsetSource {
  const snapshot = (cache: ResourceCache): CacheSnapshot =>
    at === undefined ? cache.snapshot() : cache.snapshotAt(at);
  const groups = snapshot(caches.groups);
  const ports = snapshot(caches.ports);
  const endpoints = snapshot(caches.endpoints);
  const nodes = snapshot(caches.nodes);
  return {
    revision: at ?? groups.revision,
    group: (namespace, name) =>
      decoded<ServiceGroup>(groups.get(objectKey(caches.groups.prefix, namespace, name))),
    *groups(namespace) {
      for (const entry of inNamespace(groups, caches.groups, namespace)) yield entry.object() as ServiceGroup;
    },
    portsOf(group) {
      const { namespace, name } = group.metadata;
      return [...inNamespace(ports, caches.ports, namespace)]
        .map((entry) => entry.object() as ServicePort)
        .filter((port) => port.spec.groupRef?.name === name);
    },
    endpointsOf(group) {
      const requirements = selectorOf(group);
      if (requirements === undefined) return [];
      return [...inNamespace(endpoints, caches.endpoints, group.metadata.namespace)]
        .filter((entry) => matchesLabels(requirements, entry.labels))
        .map((entry) => entry.object() as Endpoint);
    },
    node: (name) => decoded<NodeTopology>(nodes.get(objectKey(caches.nodes.prefix, '', name))),
  };
}

const decoded = <T extends KubeObject>(entry: CachedObject | undefined): T | undefined =>
  entry?.object() as T | undefined;

function inNamespace(snapshot: CacheSnapshot, cache: ResourceCache, namespace: string | undefined) {
  return snapshot.range(namespace === undefined ? cache.prefix : namespacePrefix(cache.prefix, namespace));
}

/** A group without a selector is empty. */
function selectorOf(group: ServiceGroup): LabelRequirements | undefined {
  const { selector } = group.spec;
  return selector === undefined ? undefined : fromLabelSelector(selector, 'spec.selector').requirements;
}

/** What a batch may have changed: groups by `<namespace>/<name>`, and nodes by name. */
export interface Touched {
  readonly groups: ReadonlySet<string>;
  readonly nodes: ReadonlySet<string>;
}

/** @param after the caches once they have the batch */
export function touchedBy(batch: FeedBatch, caches: SubsetCaches, after: SubsetSource): Touched {
  const groups = new Set<string>();
  const nodes = new Set<string>();
  for (const { cache, current, previous } of batch.changes) {
    for (const entry of [previous, current]) {
      if (entry === undefined) continue;
      if (cache === caches.groups) groups.add(groupKey(entry.namespace, entry.name));
      else if (cache === caches.nodes) nodes.add(entry.name);
      else if (cache === caches.ports) {
        groups.add(groupKey(entry.namespace, (entry.object() as ServicePort).spec.groupRef?.name ?? ''));
      } else if (cache === caches.endpoints) {
        for (const group of after.groups(entry.namespace)) {
          const requirements = selectorOf(group);
          if (requirements !== undefined && matchesLabels(requirements, entry.labels)) {
            groups.add(groupKey(entry.namespace, group.metadata.name ?? ''));
          }
        }
      }
    }
  }
  return { groups, nodes };
}

export const groupKey = (namespace: string, name: string): string => `${namespace}/${name}`;
