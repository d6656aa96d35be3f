/**
 * Many objects in little time: one is created through the API, then what the server stored for it is put into
 * etcd again under other names. Both sides thus hold bytes in the form they themselves write.
 */
import { randomUUID } from 'node:crypto';
import { Etcd3 } from 'etcd3';
import { waitFor } from '../../support/wait.ts';
import { type Bed, namespaces, type Side } from './bed.ts';
import { collection, endpointBody, SELECTED_ONE_IN } from './objects.ts';
import { getJson } from './requests.ts';

/** etcd refuses more operations in one transaction (`--max-txn-ops`). */
const PUTS_PER_TRANSACTION = 120;
const TRANSACTIONS_IN_FLIGHT = 8;
/** Names of the objects that all others are copies of. */
const ORIGINAL = 'web-0';
const VISIBLE_TIMEOUT_MS = 300_000;

/** Fills a namespace on both sides with `count` objects, and waits until their caches know all of them. */
export async function seed(bed: Bed, namespace: string, count: number): Promise<void> {
  const etcd = new Etcd3({ hosts: bed.plane.etcd.endpoint });
  try {
    for (const side of [bed.ours, bed.peer]) {
      await bed.load.run({
        target: side.target,
        method: 'POST',
        path: collection(side, namespace),
        body: endpointBody(side, namespace),
        total: 1,
        inFlight: 1,
      });
      await copy(etcd, storedKey(bed, side, namespace), namespace, count);
      await visible(side, namespace, count - 1);
    }
  } finally {
    etcd.close();
  }
}

/** Where the two sides keep their objects; kube-apiserver's is its default `--etcd-prefix`. */
function storedKey({ installation }: Bed, side: Side, namespace: string): string {
  const prefix = side.name === 'peer' ? '/registry' : `/services-v3-${installation.port}`;
  return `${prefix}/${side.group}/endpoints/${namespace}/${ORIGINAL}`;
}

async function copy(etcd: Etcd3, key: string, namespace: string, count: number): Promise<void> {
  const value = await etcd.get(key).string();
  if (value === null) throw new Error(`${key} is not in etcd`);
  const stem = key.slice(0, -ORIGINAL.length);
  const variant = (i: number): string => {
    const bucket = i % SELECTED_ONE_IN;
    const object = JSON.parse(value) as {
      metadata: { name: string; uid: string; labels: Record<string, string> };
      spec: { nodeName: string; targetRef: { name: string; uid: string } };
    };
    Object.assign(object.metadata, { name: `web-${i}`, uid: randomUUID() });
    object.metadata.labels['bench/bucket'] = `bucket-${bucket}`;
    object.spec.nodeName = `node-${bucket}`;
    Object.assign(object.spec.targetRef, { name: `web-${i}`, uid: randomUUID() });
    return JSON.stringify(object);
  };
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < count) {
      const first = next;
      next += PUTS_PER_TRANSACTION;
      const numbers = Array.from(
        { length: Math.min(PUTS_PER_TRANSACTION, count - first) },
        (_, n) => first + n,
      );
      const puts = numbers.map((i) => etcd.put(`${stem}web-${i}`).value(variant(i)));
      await etcd
        .if(`${namespace}/absent`, 'Create', '==', 0)
        .then(...puts)
        .commit();
    }
  };
  await Promise.all(Array.from({ length: TRANSACTIONS_IN_FLIGHT }, worker));
}

/** The last one by number is not the last by write, so its bucket and the whole count are asked for. */
async function visible({ target, ...side }: Side, namespace: string, last: number): Promise<void> {
  const bucket = last % SELECTED_ONE_IN;
  const expected = Math.floor(last / SELECTED_ONE_IN) + 1;
  const query = `?resourceVersion=0&labelSelector=${encodeURIComponent(`bench/bucket=bucket-${bucket}`)}`;
  await waitFor(
    `the ${side.name} cache to know ${last + 1} objects`,
    async () => {
      const list = await getJson<{ items: unknown[] }>(
        target,
        `${collection({ target, ...side }, namespace)}${query}`,
      );
      return list.items.length >= expected;
    },
    { timeoutMs: VISIBLE_TIMEOUT_MS, intervalMs: 250 },
  );
}

/** What the reading workloads read. */
export async function seedAll(bed: Bed): Promise<void> {
  await seed(bed, namespaces.listed, bed.sizes.listed);
  await seed(bed, namespaces.stored, bed.sizes.stored - bed.sizes.listed);
}
