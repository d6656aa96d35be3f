/** The v1 Service of the stand-in, every field of Kubernetes 1.36 (staging `k8s.io/api/core/v1/types.go`). */
import { Type } from '@sinclair/typebox';
import {
  atomicList,
  flag,
  freeForm,
  integer,
  mapList,
  mapOf,
  choice as requiredChoice,
  text as requiredText,
} from '../../schema/blocks.ts';
import { component, conditions, intOrString, kindSchema } from '../../schema/refs.ts';

const optional = Type.Optional;
const text = (description: string) => optional(requiredText(description));
const texts = (description: string) => optional(atomicList(Type.String(), description));
const choice = <const V extends readonly string[]>(values: V, description: string) =>
  optional(requiredChoice(values, description));

const servicePort = component(
  'io.k8s.api.core.v1.ServicePort',
  Type.Object(
    {
      name: text('Name of this port within the Service; needed where there are several.'),
      protocol: requiredChoice(['TCP', 'UDP', 'SCTP'], 'The IP protocol, TCP unless said otherwise.', {
        default: 'TCP',
      }),
      appProtocol: text('A hint about the application protocol.'),
      port: integer('The port that the Service shows.'),
      targetPort: optional(intOrString('Number or name of the port on the pods; default: port.')),
      nodePort: optional(
        integer('The port on each node, for types NodePort and LoadBalancer; 0 or absent: allocated.'),
      ),
    },
    { description: 'One port of a Service.' },
  ),
);

const serviceSpec = component(
  'io.k8s.api.core.v1.ServiceSpec',
  Type.Object(
    {
      type: choice(['ClusterIP', 'NodePort', 'LoadBalancer', 'ExternalName'], 'How the Service is exposed.'),
      selector: optional(
        mapOf(Type.String(), 'Labels of the pods behind it.', { 'x-kubernetes-map-type': 'atomic' }),
      ),
      ports: optional(
        mapList(servicePort, ['port', 'protocol'], 'The ports it shows.', {
          'x-kubernetes-patch-strategy': 'merge',
          'x-kubernetes-patch-merge-key': 'port',
        }),
      ),
      clusterIP: text('Its virtual address; None for a headless Service; absent: allocated.'),
      clusterIPs: texts('One address a family; the first equals clusterIP.'),
      ipFamilies: optional(
        atomicList(requiredChoice(['IPv4', 'IPv6'], 'IPv4 or IPv6.'), 'Families, the first one primary.'),
      ),
      ipFamilyPolicy: choice(['SingleStack', 'PreferDualStack', 'RequireDualStack'], 'One family or two.'),
      externalIPs: texts('Addresses of nodes that also accept this traffic. Near its end of life upstream.'),
      sessionAffinity: choice(['None', 'ClientIP'], 'Whether a client keeps its backend.'),
      sessionAffinityConfig: optional(
        Type.Object(
          {
            clientIP: optional(
              Type.Object(
                {
                  timeoutSeconds: optional(integer('How long, 1 to 86400 s.')),
                },
                { description: 'For sessionAffinity ClientIP.' },
              ),
            ),
          },
          { description: 'Settings of session affinity.' },
        ),
      ),
      loadBalancerIP: text('An address asked of the load balancer. Deprecated upstream.'),
      loadBalancerSourceRanges: texts('CIDRs that may reach the load balancer.'),
      loadBalancerClass: text('Which load balancer implementation serves it.'),
      allocateLoadBalancerNodePorts: optional(flag('Whether a LoadBalancer also gets node ports.')),
      externalName: text('The host that type ExternalName stands for.'),
      externalTrafficPolicy: choice(
        ['Cluster', 'Local'],
        'Whether outside traffic stays on the node it arrived at.',
      ),
      internalTrafficPolicy: choice(['Cluster', 'Local'], 'Whether inside traffic stays on its node.'),
      healthCheckNodePort: optional(integer('Where a load balancer asks a node whether it has backends.')),
      publishNotReadyAddresses: optional(flag('Hand out backends that are not ready as well.')),
      trafficDistribution: text('PreferSameZone, PreferSameNode or PreferClose.'),
    },
    { description: 'What a Service should be.' },
  ),
);

export const serviceSchema = kindSchema('Service is a named way to a set of pods.', {
  spec: serviceSpec,
  status: optional(
    Type.Object(
      {
        loadBalancer: optional(freeForm('Where the load balancer listens.')),
        conditions: optional(conditions('Current state.')),
      },
      { description: 'What became of it.' },
    ),
  ),
});
