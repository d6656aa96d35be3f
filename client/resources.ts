/** The resources that we read and write, of core and of our own group; how a Kind becomes one. */
import type { Kind } from '../api/kind.ts';
import { apiVersionOf } from '../api/kind.ts';
import { GROUP, VERSION } from '../api/services/v3alpha1/group.ts';
import type { ResourceRef } from './types.ts';

const core = (plural: string, kind: string, namespaced = true): ResourceRef => ({
  group: '',
  version: 'v1',
  plural,
  kind,
  namespaced,
});

export const pods = core('pods', 'Pod');
export const nodes = core('nodes', 'Node', false);
export const services = core('services', 'Service');
export const namespaces = core('namespaces', 'Namespace', false);
export const events = core('events', 'Event');
export const configMaps = core('configmaps', 'ConfigMap');
export const endpointSlices: ResourceRef = {
  group: 'discovery.k8s.io',
  version: 'v1',
  plural: 'endpointslices',
  kind: 'EndpointSlice',
  namespaced: true,
};
export const leases: ResourceRef = {
  group: 'coordination.k8s.io',
  version: 'v1',
  plural: 'leases',
  kind: 'Lease',
  namespaced: true,
};

const v3 = (plural: string, kind: string, namespaced = true): ResourceRef => ({
  group: GROUP,
  version: VERSION,
  plural,
  kind,
  namespaced,
});

export const serviceGroups = v3('servicegroups', 'ServiceGroup');
export const servicePorts = v3('serviceports', 'ServicePort');
export const endpoints = v3('endpoints', 'Endpoint');
export const endpointSubsets = v3('endpointsubsets', 'EndpointSubset');
export const topologyPolicies = v3('topologypolicies', 'TopologyPolicy');
export const serviceMirrors = v3('servicemirrors', 'ServiceMirror');
export const nodeTopologies = v3('nodetopologies', 'NodeTopology', false);

export function refOf(kind: Pick<Kind, 'group' | 'version' | 'plural' | 'kind' | 'namespaced'>): ResourceRef {
  return {
    group: kind.group,
    version: kind.version,
    plural: kind.plural,
    kind: kind.kind,
    namespaced: kind.namespaced,
  };
}

/** `apps/v1`, or `v1` in the core group. */
export const apiVersionOfRef = (ref: ResourceRef): string => apiVersionOf(ref);

/**
 * The URL path of a resource.
 * @param namespace undefined on a namespaced resource: all namespaces
 * @param name undefined: the collection
 */
export function pathOf(
  ref: ResourceRef,
  namespace: string | undefined,
  name?: string,
  subresource?: string,
): string {
  const segments = [ref.group === '' ? `api/${ref.version}` : `apis/${ref.group}/${ref.version}`];
  if (ref.namespaced && namespace !== undefined && namespace !== '') {
    segments.push('namespaces', encodeURIComponent(namespace));
  }
  segments.push(ref.plural);
  if (name !== undefined) segments.push(encodeURIComponent(name));
  if (subresource !== undefined) segments.push(subresource);
  return `/${segments.join('/')}`;
}
