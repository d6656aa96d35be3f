/** Ports as tables write them: `80/TCP`, `80-89/TCP`, `80→8080/TCP`, `80→http/TCP`; `*` is no port of its own. */
import type { ServicePortSpec } from './schema.ts';

/** The port that clients use: `80/TCP`. */
export const portText = (spec: ServicePortSpec): string => `${ownPorts(spec)}/${spec.protocol}`;

/** The port on the endpoints: `8080`, `8080-8089` or a name. */
export function targetText({ port, endPort, targetPort }: ServicePortSpec): string {
  if (typeof targetPort === 'string') return targetPort;
  return rangeText(targetPort ?? port, endPort === undefined || port === undefined ? 0 : endPort - port);
}

/** From the one to the other; the same number is written once. */
export function portMapping(spec: ServicePortSpec): string {
  const [own, target] = [ownPorts(spec), targetText(spec)];
  return own === target ? portText(spec) : `${own}→${target}/${spec.protocol}`;
}

const ownPorts = ({ port, endPort }: ServicePortSpec): string =>
  rangeText(port, endPort === undefined || port === undefined ? 0 : endPort - port);

function rangeText(first: number | undefined, length: number): string {
  if (first === undefined) return '*';
  return length === 0 ? String(first) : `${first}-${first + length}`;
}
