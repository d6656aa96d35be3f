/** P6: every watcher sees every event, over shared HTTP/2 connections and over one each. */
import { type Bed, namespaces, type Side } from './support/bed.ts';
import { type Sample, sideBySide, withCpu } from './support/measure.ts';
import { collection, endpointBody } from './support/objects.ts';
import { SENT_ANNOTATION } from './support/protocol.ts';
import { currentVersion } from './support/requests.ts';
import type { Row } from './support/row.ts';

/** As many streams as either server allows on one connection. */
const SHARED_STREAMS = 100;
const TARGET_SHARED = 4;
const TARGET_ALONE = 1.5;
const TARGET_DELAY = 1;
/** Writers of a burst; more would wait for each other's conflict on the few objects written. */
const BURST_IN_FLIGHT = 8;
/** Twenty events a second reach every watcher well before the next. */
const STEADY_INTERVAL_MS = 50;
/** Objects written in turn. */
const OBJECTS = 16;

export async function watchBench(bed: Bed): Promise<Row[]> {
  for (const side of [bed.ours, bed.peer]) await createObjects(bed, side);
  return [
    ...(await fanOut(bed, 'h2 shared', SHARED_STREAMS, TARGET_SHARED)),
    ...(await fanOut(bed, 'a connection each', 1, TARGET_ALONE)),
  ];
}

async function createObjects({ writer }: Bed, side: Side): Promise<void> {
  await writer.run({
    target: side.target,
    method: 'POST',
    path: collection(side, namespaces.watched),
    body: endpointBody(side, namespaces.watched, { name: 'watched-{i}' }),
    total: OBJECTS,
    inFlight: 1,
  });
}

async function fanOut(bed: Bed, how: string, streams: number, target: number): Promise<Row[]> {
  const [ours = {}, peer = {}] = await sideBySide(bed.sizes.rounds, [bed.ours, bed.peer], (side) =>
    watched(bed, side, streams),
  );
  const name = `watch, ${bed.sizes.watchers} watchers, ${how}`;
  const row = (what: string, unit: string, figure: string, more: Partial<Row>): Row => ({
    id: 'P6',
    what: `${name}: ${what}`,
    unit,
    better: 'less',
    ours: Number(ours[figure]),
    peer: Number(peer[figure]),
    ...more,
  });
  return [
    row('server CPU a delivery', 'µs', 'cpu', { target }),
    row('deliveries', '/s', 'rate', { better: 'more' }),
    row('p50 delay at 20 writes/s', 'ms', 'p50', { target: TARGET_DELAY }),
    row('p99 delay at 20 writes/s', 'ms', 'p99', { target: TARGET_DELAY }),
  ];
}

async function watched(bed: Bed, side: Side, streamsPerConnection: number): Promise<Sample> {
  const { load, sizes } = bed;
  const path = collection(side, namespaces.watched);
  // What the writes cost without anybody watching does not count as delivery.
  const alone = await withCpu(side.pid(), () => write(bed, side, sizes.burstEvents));
  const version = await currentVersion(side.target, path);
  await load.openWatches({
    target: side.target,
    path: `${path}?watch=1&resourceVersion=${version}`,
    watchers: sizes.watchers,
    streamsPerConnection,
  });
  const steady = load.awaitEvents(sizes.steadyEvents);
  await write(bed, side, sizes.steadyEvents, STEADY_INTERVAL_MS);
  const { p50Milliseconds, p99Milliseconds } = await steady;

  const began = performance.now();
  const burst = await withCpu(side.pid(), async () => {
    const events = load.awaitEvents(sizes.burstEvents);
    await write(bed, side, sizes.burstEvents);
    return events;
  });
  const seconds = (performance.now() - began) / 1000;
  await load.closeWatches();
  const { deliveries } = burst.result;
  // In a short run both are a few ticks of the clock; a tick is then the least that can be said.
  const cpu = Math.max(burst.cpu - alone.cpu, 0.01);
  return {
    cpu: (cpu * 1e6) / deliveries,
    rate: deliveries / seconds,
    p50: p50Milliseconds,
    p99: p99Milliseconds,
  };
}

async function write({ writer }: Bed, side: Side, events: number, interval?: number): Promise<void> {
  const body = { metadata: { annotations: { [SENT_ANNOTATION]: '{now}' } } };
  await writer.run({
    target: side.target,
    method: 'PATCH',
    path: `${collection(side, namespaces.watched)}/watched-{i}`,
    body: JSON.stringify(body),
    contentType: 'application/merge-patch+json',
    total: events,
    distinct: OBJECTS,
    inFlight: BURST_IN_FLIGHT,
    ...(interval === undefined ? {} : { intervalMilliseconds: interval }),
  });
}
