/**
 * Ready pods without a kubelet: created through the API server, their status written by us, on three nodes in
 * three zones.
 */
import type { CoreNode, Pod, V1Service } from '../../api/core/types.ts';
import { isReason } from '../../api/meta/api-error.ts';
import * as resources from '../../client/resources.ts';
import type { ApiClient } from '../../client/types.ts';
import { waitFor } from './wait.ts';

const zones = ['zone-a', 'zone-b', 'zone-c'] as const;
const nodeOf = (i: number): string => `corpus-${zones[i % zones.length]}`;

export async function createZonedNodes(client: ApiClient): Promise<void> {
  for (const zone of zones) {
    const labels = { 'kubernetes.io/hostname': `corpus-${zone}`, 'topology.kubernetes.io/zone': zone };
    const node: CoreNode = { apiVersion: 'v1', kind: 'Node', metadata: { name: `corpus-${zone}`, labels } };
    await client.resource<CoreNode>(resources.nodes).create(node);
  }
}

/** Gives a Service so many ready pods, with a container port for every named targetPort. @param first number of the first address */
export async function createReadyPods(
  client: ApiClient,
  service: V1Service,
  count: number,
  first: number,
): Promise<void> {
  const { namespace = '', name = '' } = service.metadata;
  const pods = client.resource<Pod>(resources.pods);
  const named = (service.spec?.ports ?? []).filter((p) => typeof p.targetPort === 'string');
  const ports = named.map((p, i) => ({
    name: String(p.targetPort),
    containerPort: 8000 + i,
    protocol: p.protocol ?? ('TCP' as const),
  }));
  const unique = [...new Map(ports.map((p) => [`${p.name}/${p.protocol}`, p])).values()];
  for (let i = 0; i < count; i += 1) {
    const pod: Pod = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: `${name.slice(0, 50)}-${i}`, namespace, labels: service.spec?.selector ?? {} },
      spec: {
        nodeName: nodeOf(i),
        containers: [{ name: 'main', image: 'example.test/main:1', ports: unique } as never],
      },
    };
    // The namespace's service account is made a moment after the namespace.
    const created = await waitFor('the namespace to take pods', () =>
      createUnlessForbidden(() => pods.create(pod)),
    );
    await pods.updateStatus({ ...created, status: readyStatus(first + i) });
  }
}

async function createUnlessForbidden(create: () => Promise<Pod>): Promise<Pod | undefined> {
  try {
    return await create();
  } catch (error) {
    if (isReason(error, 'Forbidden')) return undefined;
    throw error;
  }
}

function readyStatus(number: number): NonNullable<Pod['status']> {
  const podIP = `10.244.${Math.floor(number / 250)}.${(number % 250) + 1}`;
  return {
    phase: 'Running',
    podIP,
    podIPs: [{ ip: podIP }, { ip: `fd00:244::${(number + 1).toString(16)}` }],
    conditions: [{ type: 'Ready', status: 'True', lastTransitionTime: '2026-01-01T00:00:00Z' }],
  };
}
