/** P10: from the start of the process to ready and answering a list, with the store full. */
import { waitFor } from '../support/wait.ts';
import type { Bed } from './support/bed.ts';
import { namespaces, waitReady } from './support/bed.ts';
import { residentBytes } from './support/measure.ts';
import { collection } from './support/objects.ts';
import { startSecondApiServer } from './support/peer.ts';
import { getJson } from './support/requests.ts';
import type { Row } from './support/row.ts';

const LIMIT_SECONDS = 5;

/** Another kube-apiserver on the same store, since the first one's flags are not ours to repeat. */
export async function startBench(bed: Bed): Promise<Row[]> {
  const { installation, ours, peer, plane } = bed;
  const query = `?resourceVersion=0&labelSelector=${encodeURIComponent('bench/bucket=bucket-7')}`;

  await installation.apiserver.stop();
  const began = performance.now();
  await installation.restartApiServer();
  await waitReady(ours.target, installation.apiserver);
  await getJson(ours.target, `${collection(ours, namespaces.stored)}${query}`);
  const oursSeconds = (performance.now() - began) / 1000;
  const oursBytes = residentBytes(ours.pid());

  const peerBegan = performance.now();
  const second = await startSecondApiServer(plane);
  // Its custom resources are served some time after it says that it is ready.
  const path = `${collection(peer, namespaces.stored)}${query}`;
  await waitFor(
    'the second kube-apiserver to list',
    () => getJson({ ...peer.target, origin: second.url }, path),
    {
      timeoutMs: 120_000,
      check: second.process.assertRunning,
    },
  );
  const peerSeconds = (performance.now() - peerBegan) / 1000;
  const peerBytes = residentBytes(second.process.pid);
  await second.process.stop();
  const what = `start with ${bed.sizes.stored} Endpoints in the store`;
  return [
    {
      id: 'P10',
      what,
      unit: 's',
      better: 'less',
      limit: LIMIT_SECONDS,
      ours: oursSeconds,
      peer: peerSeconds,
    },
    {
      id: 'P10',
      what: `${what}: RSS then`,
      unit: 'MB',
      better: 'less',
      ours: oursBytes / 1e6,
      peer: peerBytes / 1e6,
    },
  ];
}
