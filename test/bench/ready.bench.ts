/**
 * P8: from the write that makes a pod ready to the watch event that shows it, for the same pods in the same
 * run: our Endpoint, and the EndpointSlice of kube-controller-manager.
 */
import type { ClientHttp2Session } from 'node:http2';
import type { Endpoint } from '../../api/services/v3alpha1/endpoint/schema.ts';
import { waitFor } from '../support/wait.ts';
import { type Bed, namespaces } from './support/bed.ts';
import { answered, openSession, send } from './support/connections.ts';
import { paced } from './support/load-run.ts';
import { percentile } from './support/measure.ts';
import { collection } from './support/objects.ts';
import { currentVersion } from './support/requests.ts';
import type { Row } from './support/row.ts';
import { followLines } from './support/watch-lines.ts';

const TARGET = 1;
/** Ten pods a second. */
const INTERVAL_MS = 100;
const NODE = 'bench-node';
const APP = 'bench-ready';
const PODS = `/api/v1/namespaces/${namespaces.ready}/pods`;
const SLICES = `/apis/discovery.k8s.io/v1/namespaces/${namespaces.ready}/endpointslices`;
const VISIBLE_TIMEOUT_MS = 120_000;

interface Slice {
  readonly endpoints?: readonly {
    readonly conditions?: { readonly ready?: boolean };
    readonly targetRef?: { readonly name?: string };
  }[];
}

/** Milliseconds on the monotonic clock, by pod. */
type Times = Map<string, number>;

export async function readyBench(bed: Bed): Promise<Row[]> {
  const core = await openSession(bed.peer.target);
  const own = await openSession(bed.ours.target);
  try {
    const [endpoints, slices]: [Times, Times] = [new Map(), new Map()];
    await prepare(core);
    await follow(bed, own, core, endpoints, slices);
    const rows: Row[] = [];
    for (const { what, prefix, count, interval } of phases(bed)) {
      const names = Array.from({ length: count }, (_, i) => `${prefix}-${i}`);
      await Promise.all(names.map((name) => post(core, PODS, pod(name))));
      const sent: Times = new Map();
      await paced(count, interval, (i) => makeReady(core, `${prefix}-${i}`, rows.length * count + i, sent));
      const delays = (seen: Times): number[] =>
        names.map((name) => (seen.get(name) ?? Number.NaN) - (sent.get(name) ?? Number.NaN));
      await waitFor(`${count} pods to be seen`, () => names.every((n) => endpoints.has(n) && slices.has(n)), {
        timeoutMs: VISIBLE_TIMEOUT_MS,
      });
      rows.push(...rowsOf(what, delays(endpoints), delays(slices)));
    }
    return rows;
  } finally {
    core.destroy();
    own.destroy();
  }
}

const phases = ({ sizes }: Bed) => [
  // What only happens the first time is not what is measured.
  { what: 'warm-up', prefix: 'warm', count: Math.ceil(sizes.steadyPods / 5), interval: INTERVAL_MS / 2 },
  { what: '10 pods/s', prefix: 'steady', count: sizes.steadyPods, interval: INTERVAL_MS },
  { what: `a burst of ${sizes.burstPods}`, prefix: 'burst', count: sizes.burstPods, interval: 0 },
];

function rowsOf(what: string, ours: readonly number[], peer: readonly number[]): Row[] {
  if (what === 'warm-up') return [];
  return [
    { name: 'p50', fraction: 0.5 },
    { name: 'p99', fraction: 0.99 },
  ].map(({ name, fraction }) => ({
    id: 'P8',
    what: `pod Ready → visible, ${what}: ${name}`,
    unit: 'ms',
    better: 'less' as const,
    target: TARGET,
    ours: percentile(ours, fraction),
    peer: percentile(peer, fraction),
  }));
}

async function post(session: ClientHttp2Session, path: string, object: object): Promise<void> {
  const exchange = { method: 'POST', path, body: JSON.stringify(object), contentType: 'application/json' };
  await answered(send(session, exchange), exchange);
}

async function prepare(core: ClientHttp2Session): Promise<void> {
  await post(core, '/api/v1/nodes', {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name: NODE, labels: { 'topology.kubernetes.io/zone': 'zone-a' } },
  });
  await post(core, `/api/v1/namespaces/${namespaces.ready}/services`, {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: APP },
    spec: { selector: { app: APP }, ports: [{ name: 'http', port: 80, targetPort: 'http' }] },
  });
}

const pod = (name: string) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, labels: { app: APP } },
  spec: {
    nodeName: NODE,
    containers: [{ name: 'web', image: 'web', ports: [{ name: 'http', containerPort: 8080 }] }],
  },
});

/** As the kubelet does: address and readiness in one write. */
async function makeReady(core: ClientHttp2Session, name: string, number: number, sent: Times): Promise<void> {
  const ip = `10.${200 + (number >> 16)}.${(number >> 8) & 255}.${number & 255}`;
  const lastTransitionTime = new Date().toISOString();
  const body = JSON.stringify({
    status: {
      phase: 'Running',
      podIP: ip,
      podIPs: [{ ip }],
      conditions: [{ type: 'Ready', status: 'True', lastTransitionTime }],
    },
  });
  const path = `${PODS}/${name}/status`;
  const exchange = { method: 'PATCH', path, body, contentType: 'application/merge-patch+json' };
  sent.set(name, performance.now());
  await answered(send(core, exchange), exchange);
}

async function follow(
  bed: Bed,
  own: ClientHttp2Session,
  core: ClientHttp2Session,
  endpoints: Times,
  slices: Times,
): Promise<void> {
  const seen = (times: Times, name: string | undefined): void => {
    if (name !== undefined && !times.has(name)) times.set(name, performance.now());
  };
  const path = collection(bed.ours, namespaces.ready);
  const from = await currentVersion(bed.ours.target, path);
  await followLines<Endpoint>(own, `${path}?watch=1&resourceVersion=${from}`, ({ spec, status }) => {
    const serving = status?.conditions?.find(({ type }) => type === 'Serving');
    if (serving?.status === 'True') seen(endpoints, spec.targetRef?.name);
  });
  const sliceVersion = await currentVersion(bed.peer.target, SLICES);
  await followLines<Slice>(core, `${SLICES}?watch=1&resourceVersion=${sliceVersion}`, (slice) => {
    for (const { conditions, targetRef } of slice.endpoints ?? []) {
      if (conditions?.ready === true) seen(slices, targetRef?.name);
    }
  });
}
