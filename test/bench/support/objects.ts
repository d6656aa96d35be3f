/** The Endpoints of the bench, about 650 bytes each as a pod's are, and their paths on a side. */
import type { Side } from './bed.ts';

/** One in so many carries the label, and runs on the node, that P2 selects: 1 %. */
export const SELECTED_ONE_IN = 100;

export const collection = (side: Side, namespace: string): string =>
  `/apis/${side.apiVersion}/namespaces/${namespace}/endpoints`;

/** Of the load process's templates: `{i}` becomes the number. */
export const templateName = 'web-{i}';

export interface ObjectOptions {
  readonly name?: string;
  readonly resourceVersion?: string;
  readonly weight?: number;
}

/** An Endpoint in JSON, in the shape the endpoints controller gives a pod's. */
export function endpointBody(side: Side, namespace: string, options: ObjectOptions = {}): string {
  const { name = templateName, resourceVersion, weight = 100 } = options;
  return JSON.stringify({
    apiVersion: side.apiVersion,
    kind: 'Endpoint',
    metadata: {
      name,
      namespace,
      labels: { app: 'web', 'pod-template-hash': '6d4f9b7c8d', 'bench/bucket': 'bucket-1' },
      ...(resourceVersion === undefined ? {} : { resourceVersion }),
    },
    spec: {
      addresses: [{ ip: '10.20.30.40', network: 'default' }],
      ports: [{ name: 'http', port: 8080, protocol: 'TCP' }],
      nodeName: 'node-1',
      zone: 'zone-a',
      weight,
      targetRef: { kind: 'Pod', namespace, name, uid: '0d6f8c1e-3c58-4a51-9d7a-1f0b6c1f2a33' },
    },
    status: {
      conditions: [
        {
          type: 'Serving',
          status: 'True',
          reason: 'PodReady',
          message: '',
          lastTransitionTime: '2026-01-02T03:04:05Z',
        },
      ],
      lastChangeTriggerTime: '2026-01-02T03:04:05Z',
    },
  });
}
