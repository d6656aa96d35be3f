/** Field numbers; source: `k8s.io/api/core/v1/generated.proto`, v0.36. */
import {
  flag,
  integer,
  list,
  map,
  message,
  nested,
  portOrName,
  present,
  text,
} from '../../protobuf/message.ts';
import { condition, metadata } from '../../protobuf/meta.ts';

const servicePort = message({
  1: text('name'),
  2: text('protocol'),
  3: present(integer('port')),
  // 0 is what a typed client writes for "not set", and what the defaults take for it.
  4: portOrName('targetPort'),
  5: integer('nodePort'),
  6: present(text('appProtocol')),
});

const clientIP = message({ 1: present(integer('timeoutSeconds')) });

const serviceSpec = message({
  1: list('ports', servicePort),
  2: map('selector'),
  3: text('clusterIP'),
  4: text('type'),
  5: list('externalIPs'),
  7: text('sessionAffinity'),
  8: text('loadBalancerIP'),
  9: list('loadBalancerSourceRanges'),
  10: text('externalName'),
  11: text('externalTrafficPolicy'),
  12: integer('healthCheckNodePort'),
  13: flag('publishNotReadyAddresses'),
  14: present(nested('sessionAffinityConfig', message({ 1: present(nested('clientIP', clientIP)) }))),
  17: present(text('ipFamilyPolicy')),
  18: list('clusterIPs'),
  19: list('ipFamilies'),
  20: present(flag('allocateLoadBalancerNodePorts')),
  21: present(text('loadBalancerClass')),
  22: present(text('internalTrafficPolicy')),
  23: present(text('trafficDistribution')),
});

const portStatus = message({
  1: present(integer('port')),
  2: present(text('protocol')),
  3: present(text('error')),
});
const ingress = message({
  1: text('ip'),
  2: text('hostname'),
  3: present(text('ipMode')),
  4: list('ports', portStatus),
});

export const serviceMessage = message({
  1: metadata,
  2: nested('spec', serviceSpec),
  3: nested(
    'status',
    message({
      1: nested('loadBalancer', message({ 1: list('ingress', ingress) })),
      2: list('conditions', condition),
    }),
  ),
});
