/** What v1 and v3 hand out for a Service, each read from its own objects, in one comparable form. */
import type { EndpointSlice, V1Service } from '../../api/core/types.ts';
import { serviceNameLabel } from '../../api/core/types.ts';
import type { Endpoint, EndpointSubset, ServicePort } from '../../api/services/v3alpha1/types.ts';
import * as resources from '../../client/resources.ts';
import type { ApiClient } from '../../client/types.ts';

/** `<port name> <ip>:<port>`, sorted. */
export type HandedOut = readonly string[];

/** From the EndpointSlices, as kube-proxy reads them. */
export async function handedOutByV1(client: ApiClient, { metadata }: V1Service): Promise<HandedOut> {
  const { items } = await client.resource<EndpointSlice>(resources.endpointSlices).list({
    namespace: metadata.namespace ?? '',
    labelSelector: `${serviceNameLabel}=${metadata.name}`,
  });
  const lines = items.flatMap((slice) =>
    (slice.endpoints ?? [])
      .filter((endpoint) => endpoint.conditions?.ready !== false)
      .flatMap((endpoint) =>
        (slice.ports ?? []).map((p) => `${p.name ?? ''} ${endpoint.addresses[0]}:${p.port}`),
      ),
  );
  return lines.sort();
}

/** From `<group>.any`, the ServicePorts and the Endpoints behind it. */
export async function handedOutByV3(client: ApiClient, { metadata }: V1Service): Promise<HandedOut> {
  const { namespace = '', name = '' } = metadata;
  const subset = await client
    .resource<EndpointSubset>(resources.endpointSubsets)
    .get(namespace, `${name}.any`);
  const ports = await client.resource<ServicePort>(resources.servicePorts).list({ namespace });
  const endpoints = await client.resource<Endpoint>(resources.endpoints).list({ namespace });
  const ofName = new Map(endpoints.items.map((e) => [e.metadata.name, e]));
  const inner = new Set(
    ports.items
      .filter((p) => p.spec.frontend === name && (p.spec.type === 'ClusterIP' || p.spec.type === 'Headless'))
      .map((p) => p.metadata.name),
  );
  const lines = (subset.status?.ports ?? [])
    .filter((port) => inner.has(port.name))
    .flatMap((port) =>
      port.families.flatMap(({ family, targets }) =>
        targets.map((target) => {
          const addresses = ofName.get(target.endpoint)?.spec.addresses ?? [];
          const address = addresses.find((a) => a.ip.includes(':') === (family === 'IPv6'));
          return `${port.portName ?? ''} ${address?.ip}:${target.port}`;
        }),
      ),
    );
  return lines.sort();
}
