/** Stand-ins for v1's lists of endpoints: Endpoints and EndpointSlice. Nobody fills them here but people. */
import { Type } from '@sinclair/typebox';
import type { Kind } from '../kind.ts';
import {
  atomicList,
  choice,
  freeForm,
  integer,
  mapOf,
  flag as requiredFlag,
  text as requiredText,
} from '../schema/blocks.ts';
import { component, kindSchema } from '../schema/refs.ts';
import { coreKind } from './define.ts';
import type { EndpointSlice, V1Endpoints } from './types.ts';

const optional = Type.Optional;
const text = (description: string) => optional(requiredText(description));
const flag = (description: string) => optional(requiredFlag(description));

export const endpointsKind: Kind<V1Endpoints> = coreKind<V1Endpoints>({
  kind: 'Endpoints',
  plural: 'endpoints',
  singular: 'endpoints',
  shortNames: ['ep'],
  namespaced: true,
  schema: kindSchema('Endpoints is the old list of a Service’s backends, deprecated upstream.', {
    subsets: optional(atomicList(freeForm('Addresses that share ports.'), 'Groups of addresses.')),
  }),
  columns: [
    {
      name: 'Endpoints',
      description: 'The ready addresses.',
      cell: (e) =>
        (e.subsets ?? []).flatMap((s) => (s.addresses ?? []).map((a) => a.ip)).join(',') || '<none>',
    },
  ],
});

const sliceEndpoint = component(
  'io.k8s.api.discovery.v1.Endpoint',
  Type.Object(
    {
      addresses: atomicList(Type.String(), 'Only the first has a meaning.', { minItems: 1, maxItems: 100 }),
      conditions: optional(
        Type.Object(
          {
            ready: flag('Absent means true.'),
            serving: flag('Absent means true.'),
            terminating: flag('Absent means false.'),
          },
          { description: 'What state the backend is in.' },
        ),
      ),
      hostname: text('Its own name in DNS.'),
      targetRef: optional(freeForm('The object that it stands for.')),
      nodeName: text('Where it is.'),
      zone: text('The zone it is in.'),
      hints: optional(freeForm('Which clients should use it.')),
      deprecatedTopology: optional(mapOf(Type.String(), 'Read only.')),
    },
    { description: 'One backend.' },
  ),
);

const slicePort = component(
  'io.k8s.api.discovery.v1.EndpointPort',
  Type.Object(
    {
      name: text('The Service’s port name.'),
      protocol: optional(choice(['TCP', 'UDP', 'SCTP'], 'TCP unless said otherwise.', { default: 'TCP' })),
      port: optional(integer('Absent: every port.')),
      appProtocol: text('A hint about the application protocol.'),
    },
    { description: 'One port of the backends.' },
  ),
);

export const endpointSliceKind: Kind<EndpointSlice> = coreKind<EndpointSlice>({
  group: 'discovery.k8s.io',
  kind: 'EndpointSlice',
  plural: 'endpointslices',
  namespaced: true,
  schema: kindSchema('EndpointSlice is one list of a Service’s backends.', {
    addressType: choice(['IPv4', 'IPv6', 'FQDN'], 'What the addresses are.'),
    endpoints: optional(atomicList(sliceEndpoint, 'The backends.', { maxItems: 1000 })),
    ports: optional(atomicList(slicePort, 'Their ports.')),
  }),
  strategy: {
    validate: () => [],
    validateUpdate: (slice, old) =>
      slice.addressType === old.addressType
        ? []
        : [
            {
              type: 'FieldValueInvalid',
              field: 'addressType',
              value: slice.addressType,
              detail: 'field is immutable',
            },
          ],
  },
  columns: [
    { name: 'AddressType', description: 'What the addresses are.', cell: (s) => s.addressType },
    {
      name: 'Ports',
      description: 'Their ports.',
      cell: (s) => (s.ports ?? []).map((p) => p.port ?? '*').join(',') || '<unset>',
    },
    {
      name: 'Endpoints',
      description: 'The addresses.',
      cell: (s) => (s.endpoints ?? []).flatMap((e) => e.addresses).join(',') || '<unset>',
    },
  ],
});
