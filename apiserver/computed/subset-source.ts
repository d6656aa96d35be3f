/** What EndpointSubsets are computed from: the kinds they depend on, cut at one revision. */
import { fromLabelSelector, matchesLabels } from '../../api/meta/labels.ts';
import type { LabelRequirements } from '../../api/meta/selectors.ts';
import type { KubeObject } from '../../api/meta/types.ts';
import type { Endpoint, NodeTopology, ServiceGroup, ServicePort } from '../../api/services/v3alpha1/types.ts';
import { namespacePrefix, objectKey } from '../storage/key.ts';
import type { Revision } from '../storage/storage.ts';
import type { CachedObject, CacheSnapshot, ResourceCache } from '../storage/watchcache/types.ts';

export interface SubsetCaches {
  readonly groups: ResourceCache;
  readonly ports: ResourceCache;
  readonly endpoints: ResourceCache;
  readonly nodes: ResourceCache;
}

/** All kinds at one revision. */
export interface SubsetSource extends GroupsAndNodes {
  readonly revision: Revision;
  /** The ServicePorts that point at a group. */
  portsOf(group: ServiceGroup): ServicePort[];
  /** The Endpoints that a group's selector matches. */
  endpointsOf(group: ServiceGroup): Endpoint[];
}

/** What is found by name. */
interface GroupsAndNodes {
  group(namespace: string, name: string): ServiceGroup | undefined;
  /** In name order. @param namespace undefined: every namespace */
  groups(namespace: string | undefined): Iterable<ServiceGroup>;
  node(name: string): NodeTopology | undefined;
}

/**
 * A revision of the past, by looking at every port and endpoint of a group's namespace: indexes are kept of the
 * present only (`subset-index.ts`).
 *
 * @throws StorageError Compacted or FutureRevision when `at` is outside the caches' history
 */
export function pastSource(caches: SubsetCaches, at: Revision): SubsetSource {
  const ports = caches.ports.snapshotAt(at);
  const endpoints = caches.endpoints.snapshotAt(at);
  return {
    revision: at,
    ...groupsAndNodes(caches, caches.groups.snapshotAt(at), caches.nodes.snapshotAt(at)),
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
  };
}

/** @param groups, nodes snapshots at one revision */
export function groupsAndNodes(
  caches: SubsetCaches,
  groups: CacheSnapshot,
  nodes: CacheSnapshot,
): GroupsAndNodes {
  return {
    group: (namespace, name) =>
      decoded<ServiceGroup>(groups.get(objectKey(caches.groups.prefix, namespace, name))),
    *groups(namespace) {
      for (const entry of inNamespace(groups, caches.groups, namespace)) yield entry.object() as ServiceGroup;
    },
    node: (name) => decoded<NodeTopology>(nodes.get(objectKey(caches.nodes.prefix, '', name))),
  };
}

const decoded = <T extends KubeObject>(entry: CachedObject | undefined): T | undefined =>
  entry?.object() as T | undefined;

function inNamespace(snapshot: CacheSnapshot, cache: ResourceCache, namespace: string | undefined) {
  return snapshot.range(namespace === undefined ? cache.prefix : namespacePrefix(cache.prefix, namespace));
}

/** undefined: a group without a selector is empty. */
export function selectorOf({ spec }: ServiceGroup): LabelRequirements | undefined {
  return spec.selector === undefined
    ? undefined
    : fromLabelSelector(spec.selector, 'spec.selector').requirements;
}

export const groupKey = (namespace: string, name: string): string => `${namespace}/${name}`;
