/** NodeTopology: the topology labels of one Node, or of a host outside the cluster. */
import type { Static } from '@sinclair/typebox';
import { mapOf, text } from '../../../schema/blocks.ts';
import { apiObject, struct } from '../struct.ts';

export const HOSTNAME_KEY = 'kubernetes.io/hostname';
export const ZONE_KEY = 'topology.kubernetes.io/zone';
export const REGION_KEY = 'topology.kubernetes.io/region';

const spec = struct(
  'NodeTopologySpec',
  'Where the host is.',
  {
    topology: mapOf(
      text('A label’s value.'),
      'The host’s topology labels: kubernetes.io/hostname, topology.kubernetes.io/zone, topology.kubernetes.io/region and those the operator lists with --topology-keys. For Nodes they follow the Node’s labels. TopologyPolicies compare them between client and endpoint.',
      { default: {} },
    ),
  },
  { default: {} },
);

export const nodeTopologySchema = apiObject(
  'NodeTopology',
  'NodeTopology is where one host is: the topology labels of the Node of the same name, or of a host that is not a Node (a virtual machine that carries Endpoints). It is kept until the last Endpoint of a vanished Node is gone.',
  { spec },
);

export type NodeTopology = Static<typeof nodeTopologySchema>;
export type NodeTopologySpec = Static<typeof spec>;
