/** The peer: our Endpoint as a custom resource of the real kube-apiserver, with the same schema. */
import { readFileSync } from 'node:fs';
import type { JsonSchema } from '../../../api/schema/json-schema.ts';
import { endpointSchema } from '../../../api/services/v3alpha1/endpoint/schema.ts';
import type { ControlPlane } from '../../support/control-plane.ts';
import { getOk } from '../../support/control-plane.ts';
import { freePort } from '../../support/ports.ts';
import { type RunningProcess, startProcess } from '../../support/processes.ts';
import { waitFor } from '../../support/wait.ts';

export const PEER_GROUP = 'bench.services.x-k8s.io';
export const PEER_VERSION = 'v3alpha1';

/** Keywords of ours that custom resources do not know. */
const unknownToCustomResources = new Set([
  'x-component',
  'x-component-description',
  'x-kubernetes-patch-strategy',
  'x-kubernetes-patch-merge-key',
]);

/** The schema as a CustomResourceDefinition takes it. */
function structural(schema: JsonSchema): JsonSchema {
  const clean = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(clean);
    if (typeof value !== 'object' || value === null) return value;
    const kept = Object.entries(value).filter(([name]) => !unknownToCustomResources.has(name));
    return Object.fromEntries(kept.map(([name, inner]) => [name, clean(inner)]));
  };
  const root = clean(schema) as JsonSchema;
  // Nothing may be said of metadata but what it is.
  return { ...root, properties: { ...root.properties, metadata: { type: 'object' } } };
}

export function definition(): object {
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: {
      name: `endpoints.${PEER_GROUP}`,
      annotations: { 'api-approved.kubernetes.io': 'unapproved, for measurements' },
    },
    spec: {
      group: PEER_GROUP,
      scope: 'Namespaced',
      names: { plural: 'endpoints', singular: 'endpoint', kind: 'Endpoint', listKind: 'EndpointList' },
      versions: [
        {
          name: PEER_VERSION,
          served: true,
          storage: true,
          subresources: { status: {} },
          selectableFields: [{ jsonPath: '.spec.nodeName' }],
          schema: { openAPIV3Schema: structural(endpointSchema as JsonSchema) },
        },
      ],
    },
  };
}

/** Resolves when custom resources of it are served. */
export async function definePeer(plane: ControlPlane): Promise<void> {
  await plane.kubectlOutput(['apply', '-f', '-'], { stdin: JSON.stringify(definition()) });
  await plane.kubectlOutput(['wait', '--for=condition=Established', `crd/endpoints.${PEER_GROUP}`]);
}

export interface SecondApiServer {
  readonly url: string;
  readonly process: RunningProcess;
}

/** Another kube-apiserver on the same etcd, with the flags of the first; resolves when it is ready. */
export async function startSecondApiServer(plane: ControlPlane): Promise<SecondApiServer> {
  const first = plane.processes.find(({ name }) => name === 'kube-apiserver');
  if (first === undefined) throw new Error('the control plane has no kube-apiserver');
  const port = await freePort();
  const [command = '', ...args] = readFileSync(`/proc/${first.pid}/cmdline`, 'utf8').split('\0').slice(0, -1);
  const url = `https://127.0.0.1:${port}`;
  const process = await startProcess({
    command,
    args: args.map((each) => (each.startsWith('--secure-port=') ? `--secure-port=${port}` : each)),
    logFile: plane.folder.join('second-kube-apiserver.log'),
  });
  await waitFor('the second kube-apiserver', () => getOk(`${url}/readyz`, { ca: plane.ca, ...plane.admin }), {
    timeoutMs: 180_000,
    check: process.assertRunning,
  });
  return { url, process };
}
