/** The v1 Service of standalone mode. Addresses and node ports are given out at admission, before these rules run. */
import type { Kind } from '../../kind.ts';
import { validateDns1123Label } from '../../meta/names.ts';
import { coreKind } from '../define.ts';
import { serviceMessage } from '../protobuf/service.ts';
import type { V1Service, V1ServiceSpec } from '../types.ts';
import { defaultService, dropTypeDependents, keepAllocated, normalizeClusterIPs } from './defaults.ts';
import { serviceSchema } from './schema.ts';
import { validateService, validateServiceUpdate } from './validation.ts';

/** Everything core does to a Service before addresses are given out. Running it twice changes nothing more. */
export function prepareService(service: V1Service, old: V1Service | undefined): void {
  defaultService(service);
  const spec = service.spec ?? {};
  normalizeClusterIPs(spec, old?.spec);
  if (old === undefined) {
    service.status = { loadBalancer: {} };
    return;
  }
  keepAllocated(spec, old.spec ?? {});
  dropTypeDependents(service, old);
}

export const serviceKind: Kind<V1Service> = coreKind<V1Service>({
  kind: 'Service',
  plural: 'services',
  shortNames: ['svc'],
  categories: ['all'],
  protobuf: serviceMessage,
  namespaced: true,
  statusSubresource: true,
  schema: serviceSchema,
  strategy: {
    validateName: validateDns1123Label,
    prepareForCreate: (service) => prepareService(service, undefined),
    prepareForUpdate: prepareService,
    validate: validateService,
    validateUpdate: validateServiceUpdate,
  },
  fieldSelectors: { 'spec.clusterIP': (s) => s.spec?.clusterIP, 'spec.type': (s) => s.spec?.type },
  columns: [
    { name: 'Type', description: 'How it is exposed.', cell: (s) => s.spec?.type ?? '<none>' },
    { name: 'Cluster-IP', description: 'Its virtual address.', cell: (s) => s.spec?.clusterIP ?? '<none>' },
    { name: 'External-IP', description: 'Where it is reached from outside.', cell: externalAddress },
    { name: 'Port(s)', description: 'port[:nodePort]/protocol.', cell: (s) => printPorts(s.spec ?? {}) },
    {
      name: 'Selector',
      description: 'Labels of its pods.',
      cell: (s) =>
        Object.entries(s.spec?.selector ?? {})
          .map(([k, v]) => `${k}=${v}`)
          .join(',') || '<none>',
      wide: true,
    },
  ],
});

function externalAddress(service: V1Service): string {
  const spec = service.spec ?? {};
  if (spec.type === 'ExternalName') return spec.externalName ?? '<none>';
  const ingress = service.status?.loadBalancer?.ingress ?? [];
  const all = [...ingress.flatMap((i) => i.ip ?? i.hostname ?? []), ...(spec.externalIPs ?? [])];
  if (all.length > 0) return all.join(',');
  return spec.type === 'LoadBalancer' ? '<pending>' : '<none>';
}

function printPorts(spec: V1ServiceSpec): string {
  const ports = (spec.ports ?? []).map(
    (p) => `${p.port}${p.nodePort === undefined ? '' : `:${p.nodePort}`}/${p.protocol ?? 'TCP'}`,
  );
  return ports.length === 0 ? '<none>' : ports.join(',');
}
