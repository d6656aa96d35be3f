/**
 * What this server serves, in the two forms clients ask for: one aggregated document, and the older ladder of
 * group list, group and resource list. Pure: kinds in, documents out
 * (upstream: apiserver `pkg/endpoints/{installer.go,discovery/}`).
 */
import { createHash } from 'node:crypto';
import { apiVersionOf, type Kind } from '../../api/kind.ts';
import { compareVersions } from './version-order.ts';

export interface GroupVersionKinds {
  readonly group: string;
  readonly version: string;
  /** By plural. */
  readonly kinds: readonly Kind[];
}

/** In the order of the groups' first kinds; versions of a group best first. */
export function groupVersionsOf(kinds: readonly Kind[]): GroupVersionKinds[] {
  const byGroup = Map.groupBy(kinds, (k) => k.group);
  return [...byGroup].flatMap(([group, ofGroup]) => {
    const byVersion = Map.groupBy(ofGroup, (k) => k.version);
    return [...byVersion]
      .sort(([a], [b]) => compareVersions(a, b))
      .map(([version, list]) => ({
        group,
        version,
        kinds: list.toSorted((a, b) => (a.plural < b.plural ? -1 : 1)),
      }));
  });
}

const statusVerbs = ['get', 'patch', 'update'] as const;

const sortedVerbs = (kind: Kind): string[] => [...kind.verbs].sort();

const gvkOf = ({ group, version, kind }: Kind) => ({ group, version, kind });

/** apidiscovery.k8s.io/v2 APIGroupDiscoveryList of these group versions. */
export function aggregatedDocument(groupVersions: readonly GroupVersionKinds[]) {
  const groups = Map.groupBy(groupVersions, (gv) => gv.group);
  return {
    kind: 'APIGroupDiscoveryList',
    apiVersion: 'apidiscovery.k8s.io/v2',
    metadata: {},
    items: [...groups].map(([group, versions]) => ({
      metadata: group === '' ? {} : { name: group },
      versions: versions.map(({ version, kinds }) => ({
        version,
        resources: kinds.map(aggregatedResource),
        freshness: 'Current',
      })),
    })),
  };
}

function aggregatedResource(kind: Kind) {
  return {
    resource: kind.plural,
    responseKind: gvkOf(kind),
    scope: kind.namespaced ? 'Namespaced' : 'Cluster',
    singularResource: kind.singular,
    verbs: sortedVerbs(kind),
    ...nonEmpty('shortNames', kind.shortNames),
    ...nonEmpty('categories', kind.categories),
    ...(kind.statusSubresource
      ? { subresources: [{ subresource: 'status', responseKind: gvkOf(kind), verbs: statusVerbs }] }
      : {}),
  };
}

/** APIResourceList of one group version. */
export function resourceListDocument({ group, version, kinds }: GroupVersionKinds) {
  return {
    kind: 'APIResourceList',
    apiVersion: 'v1',
    groupVersion: apiVersionOf({ group, version }),
    resources: kinds.flatMap(resourceEntries),
  };
}

function resourceEntries(kind: Kind) {
  const main = {
    name: kind.plural,
    singularName: kind.singular,
    namespaced: kind.namespaced,
    kind: kind.kind,
    verbs: sortedVerbs(kind),
    ...nonEmpty('shortNames', kind.shortNames),
    ...nonEmpty('categories', kind.categories),
    storageVersionHash: storageVersionHash(kind),
  };
  if (!kind.statusSubresource) return [main];
  const status = {
    name: `${kind.plural}/status`,
    singularName: '',
    namespaced: kind.namespaced,
    kind: kind.kind,
    verbs: statusVerbs,
  };
  return [main, status];
}

/** Changes when the stored version does; storage version migration watches it. */
function storageVersionHash({ group, version, kind }: Kind): string {
  return createHash('sha256')
    .update(`${group}/${version}/${kind}`)
    .digest()
    .subarray(0, 8)
    .toString('base64');
}

/** APIGroup. */
export function groupDocument(group: string, versions: readonly GroupVersionKinds[]) {
  return { kind: 'APIGroup', apiVersion: 'v1', ...groupEntry(group, versions) };
}

/** APIGroupList of all named groups. */
export function groupListDocument(groupVersions: readonly GroupVersionKinds[]) {
  const groups = Map.groupBy(
    groupVersions.filter((gv) => gv.group !== ''),
    (gv) => gv.group,
  );
  return {
    kind: 'APIGroupList',
    apiVersion: 'v1',
    groups: [...groups].map(([group, versions]) => groupEntry(group, versions)),
  };
}

function groupEntry(name: string, groupVersions: readonly GroupVersionKinds[]) {
  const versions = groupVersions.map(({ group, version }) => ({
    groupVersion: apiVersionOf({ group, version }),
    version,
  }));
  return { name, versions, preferredVersion: versions[0] };
}

/** APIVersions of the core group. @param address `host:port` that clients reach us at */
export function coreVersionsDocument(groupVersions: readonly GroupVersionKinds[], address: string) {
  return {
    kind: 'APIVersions',
    versions: groupVersions.filter((gv) => gv.group === '').map((gv) => gv.version),
    serverAddressByClientCIDRs: [{ clientCIDR: '0.0.0.0/0', serverAddress: address }],
  };
}

const nonEmpty = (name: string, values: readonly string[]): object =>
  values.length === 0 ? {} : { [name]: values };
