/** Pod, as far as the stand-in knows it: its lists that merge (staging `k8s.io/api/core/v1/types.go`). */
import { type TArray, type TOptional, Type } from '@sinclair/typebox';
import { kindSchema } from '../schema/refs.ts';
import { mergedBy, openObject } from './open-schema.ts';

const optional = Type.Optional;

/** Items of which one kind of content excludes the others: a patch names the fields that stay. */
const retainKeys = { 'x-kubernetes-patch-strategy': 'merge,retainKeys' };

const containers = (description: string): TOptional<TArray> =>
  optional(
    mergedBy('name', description, {
      ports: optional(mergedBy('containerPort', 'Ports that it says it has.')),
      env: optional(mergedBy('name', 'Its environment.')),
      volumeMounts: optional(mergedBy('mountPath', 'Where volumes are.')),
      volumeDevices: optional(mergedBy('devicePath', 'Where block devices are.')),
    }),
  );

const spec = openObject(
  {
    containers: containers('What runs in it.'),
    initContainers: containers('What runs before.'),
    ephemeralContainers: containers('What runs for a look inside.'),
    volumes: optional(mergedBy('name', 'What containers may mount.', {}, retainKeys)),
    imagePullSecrets: optional(mergedBy('name', 'How to fetch images.')),
    hostAliases: optional(mergedBy('ip', 'Additions to the hosts file.')),
    topologySpreadConstraints: optional(mergedBy('topologyKey', 'How pods spread.')),
    schedulingGates: optional(mergedBy('name', 'What it still waits for.')),
    resourceClaims: optional(mergedBy('name', 'Devices that it asks for.', {}, retainKeys)),
  },
  'Stored as it is.',
);

const status = openObject(
  {
    conditions: optional(mergedBy('type', 'Current state.')),
    hostIPs: optional(mergedBy('ip', 'Addresses of the node.')),
    podIPs: optional(mergedBy('ip', 'Addresses, one a family.')),
    resourceClaimStatuses: optional(mergedBy('name', 'What became of resourceClaims.', {}, retainKeys)),
  },
  'Stored as it is, on create too, since no kubelet will report it.',
);

export const podSchema = kindSchema(
  'Pod is a collection of containers. Here nothing runs it: its status is what people write.',
  { spec: optional(spec), status: optional(status) },
);
