/** The numbers of open watches (upstream: apiserver `pkg/endpoints/metrics/metrics.go`). */
import { Counter, Histogram, type Registry } from 'prom-client';
import type { Kind } from '../../api/kind.ts';

/** What the watch handler reports. Once a batch and not once an event: a batch goes to thousands of watches. */
export interface WatchMetrics {
  sent(kind: Kind, events: number): void;
  /** All initial events of a watch are out. @param seconds since the request came to its handler */
  initialEventsSent(kind: Kind, namespaced: boolean, seconds: number): void;
}

export const noWatchMetrics: WatchMetrics = { sent() {}, initialEventsSent() {} };

/** Seconds; upstream's buckets. */
const buckets = [0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1.0, 2, 4, 6, 8, 10, 15, 20, 30, 45, 60];

export function createWatchMetrics(registry: Registry): WatchMetrics {
  const registers = [registry];
  const events = new Counter({
    name: 'apiserver_watch_events_total',
    help: 'Number of events sent in watch clients',
    labelNames: ['group', 'version', 'resource'],
    registers,
  });
  const initial = new Histogram({
    name: 'apiserver_watch_list_duration_seconds',
    help: 'Response latency distribution in seconds for watch list requests broken by group, version, resource and scope.',
    labelNames: ['group', 'version', 'resource', 'scope'],
    buckets,
    registers,
  });
  const labels = ({ group, version, plural }: Kind) => ({ group, version, resource: plural });
  // Finding a counter by its labels costs more than all else that is done for one delivery.
  const counters = new WeakMap<Kind, Counter.Internal>();
  const counterOf = (kind: Kind): Counter.Internal => {
    const counter = counters.get(kind) ?? events.labels(labels(kind));
    counters.set(kind, counter);
    return counter;
  };
  return {
    sent: (kind, count) => counterOf(kind).inc(count),
    initialEventsSent(kind, namespaced, seconds) {
      initial.observe({ ...labels(kind), scope: namespaced ? 'namespace' : 'cluster' }, seconds);
    },
  };
}
