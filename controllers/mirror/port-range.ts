/**
 * A range of ports as v1 can say it: one port each, named `<name>-<number>`. Up to 100 ports in all, which
 * is what EndpointSlices document; beyond that only the first port of the range remains.
 */
import { type PortKey, type PortModel, portEntries, portKey, type ServiceModel } from './model.ts';
import { unnamedPortName } from './names.ts';

/** Ports of one v1 Service, as EndpointSlice's documentation bounds them. */
export const MAX_V1_PORTS = 100;
/** DNS label, as v1 wants port names. */
const MAX_PORT_NAME_LENGTH = 63;

export interface V1Port {
  readonly key: PortKey;
  readonly port: PortModel;
}

const sizeOf = (port: PortModel): number =>
  port.port === null || port.endPort === null ? 1 : port.endPort - port.port + 1;

/**
 * The ports of a model as v1 lists them, and for each port of the model those that stand for it.
 * Portless entries have none. Names are given where v1 requires one: to each of several ports.
 */
export function v1Ports(model: Pick<ServiceModel, 'ports'>): ReadonlyMap<PortKey, readonly V1Port[]> {
  const entries = portEntries(model).filter(([, port]) => port.port !== null);
  const total = entries.reduce((sum, [, port]) => sum + sizeOf(port), 0);
  const expand = total <= MAX_V1_PORTS;
  const several = entries.length > 1 || (expand && total > 1);
  const taken = new Set(entries.map(([, port]) => port.portName));
  return new Map(
    entries.map(([key, port]) => {
      const ports = expand && sizeOf(port) > 1 ? expandRange(port, taken) : [{ ...port, endPort: null }];
      return [
        key,
        ports.map((single) => {
          const named = several ? withName(single, taken) : single;
          return { key: portKey(named.portName, named.port, named.protocol), port: named };
        }),
      ];
    }),
  );
}

/** A name that another port has already is made unique by `-x`, as often as needed. */
function unique(name: string, taken: Set<string>): string {
  let candidate = name;
  while (taken.has(candidate)) candidate = `${candidate}-x`;
  taken.add(candidate);
  return candidate;
}

function withName(port: PortModel, taken: Set<string>): PortModel {
  if (port.portName !== '' || port.port === null) return port;
  return { ...port, portName: unique(unnamedPortName(port.port, port.protocol), taken) };
}

function expandRange(range: PortModel, taken: Set<string>): PortModel[] {
  const first = range.port ?? 0;
  return Array.from({ length: sizeOf(range) }, (_, i) => {
    const suffix = `-${first + i}`;
    const stem = range.portName.slice(0, MAX_PORT_NAME_LENGTH - suffix.length).replace(/-+$/, '');
    return {
      ...range,
      portName: range.portName === '' ? '' : unique(`${stem}${suffix}`, taken),
      port: first + i,
      endPort: null,
      targetPort: typeof range.targetPort === 'number' ? range.targetPort + i : range.targetPort,
      // Only the first can have the node port asked for; v1 allocates the others.
      nodePort: range.nodePort === null ? null : i === 0 ? range.nodePort : 0,
    };
  });
}
