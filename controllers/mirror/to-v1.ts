/**
 * Model → v1. `toV1` says beside the Service what EndpointSlices of ours it needs, how each fact is carried
 * (base) and what v1 cannot express at all (`lossy`).
 *
 * A Service keeps its selector while v1 can mean the same by it: one group for all ports, matchLabels only,
 * the default network, publish Ready or All, no gates. Otherwise it has none, and slices of ours.
 */
import { isDeepStrictEqual } from 'node:util';
import type { V1Service, V1ServicePort } from '../../api/core/types.ts';
import type { Carried, Loss } from './base.ts';
import { type LeafPath, leaves } from './leaves.ts';
import { compareText, type PortModel, portEntries, type ServiceModel } from './model.ts';
import { v1Ports } from './port-range.ts';
import { restore, type Stash } from './stash.ts';
import { readV1 } from './v1-reader.ts';
import { hasSelector, writeV1 } from './v1-writer.ts';

/** One set of slices to be written: the endpoints of a group in one family, for the ports that use it. */
export interface SliceForm {
  readonly group: string;
  readonly addressType: 'IPv4' | 'IPv6';
  readonly ports: readonly Pick<V1ServicePort, 'name' | 'protocol' | 'targetPort' | 'appProtocol'>[];
}

export interface WrittenV1 {
  readonly service: V1Service;
  /** Empty: kube-controller-manager fills the slices (or nobody does). */
  readonly slices: readonly SliceForm[];
  /** Facts that v1 does not carry exactly; all others it does. */
  readonly carried: Readonly<Partial<Record<LeafPath, Carried>>>;
  readonly lossy: readonly Loss[];
}

export function toV1(model: ServiceModel, stash: Stash): WrittenV1 {
  const carried: Partial<Record<LeafPath, Carried>> = {};
  const lossy: Loss[] = [];
  const back = leaves(readV1(writeV1(model), model));
  for (const [path, value] of leaves(model)) {
    // Status flows from v1 to v3 only; what v1 says there is never an edit.
    if (path.startsWith('status.') || isDeepStrictEqual(back.get(path), value)) continue;
    const { how, reason } = explain(model, path);
    carried[path] = how;
    if (reason !== undefined) lossy.push({ field: path, reason });
  }
  return { service: restore(writeV1(model), model.type, stash), slices: sliceForms(model), carried, lossy };
}

function sliceForms(model: ServiceModel): SliceForm[] {
  if (model.type === 'ExternalName' || hasSelector(model)) return [];
  const singles = v1Ports(model);
  return Object.entries(model.groups)
    .sort(([a], [b]) => compareText(a, b))
    .flatMap(([name, group]) => {
      const ports = portEntries(model)
        .filter(([, port]) => port.group === name)
        .flatMap(([key]) => (singles.get(key) ?? []).map((single) => slicePort(single.port)));
      const families = group.addressFamilies.length > 0 ? group.addressFamilies : model.families;
      return families
        .filter((family) => model.families.length === 0 || model.families.includes(family))
        .map((addressType): SliceForm => ({ group: name, addressType, ports }));
    });
}

const slicePort = (port: PortModel): SliceForm['ports'][number] => ({
  ...(port.portName === '' ? {} : { name: port.portName }),
  protocol: port.protocol,
  ...(port.targetPort === null ? {} : { targetPort: port.targetPort }),
  ...(port.appProtocol === null ? {} : { appProtocol: port.appProtocol }),
});

interface Explanation {
  readonly how: Carried;
  /** Given where something is lost, not merely said in another form. */
  readonly reason?: string;
}

const encoded: Explanation = { how: 'encoded' };
const kept: Explanation = { how: 'absent' };
const lost = (reason: string): Explanation => ({ how: 'absent', reason });

/** How v1 carries a fact that it does not carry exactly. */
function explain(model: ServiceModel, path: LeafPath): Explanation {
  const key = /\[(.*)\]/.exec(path)?.[1] ?? '';
  if (path.startsWith('groups[')) return hasSelector(model) ? explainGroup(model, path) : encoded;
  if (path.startsWith('ports[')) return explainPort(model, key, path);
  // A number or address that was allocated looks like one that was asked for.
  if (path === 'clusterIPs' || path === 'loadBalancer.healthCheckNodePort') return kept;
  if (path === 'distribution')
    return lost('v1 has trafficDistribution only for "zone" and "node, then zone"');
  return lost('v1 has no field for this value on a Service of this type');
}

function explainGroup(model: ServiceModel, path: LeafPath): Explanation {
  if (path.endsWith('.selector')) return encoded;
  if (path.endsWith('.gateTimeoutSeconds')) return kept;
  return path.endsWith('.addressFamilies') && model.families.length > 0
    ? lost('the slices of a Service with a selector have the families of the Service')
    : kept;
}

function explainPort(model: ServiceModel, key: string, path: LeafPath): Explanation {
  const port = model.ports[key];
  const isRange = port?.port != null && port.endPort !== null;
  if (isRange) {
    const size = (port.endPort ?? 0) - (port.port ?? 0) + 1;
    const whole = (v1Ports(model).get(key) ?? []).length === size;
    if (whole) return encoded;
    return path.endsWith('.endPort') ? lost(`v1 cannot express a range of ${size} ports`) : encoded;
  }
  if (path.endsWith('.group')) return kept;
  return encoded;
}
