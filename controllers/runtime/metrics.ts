/** What a controller counts. One set for all of them, told apart by the label `controller`. */
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { Outcome } from './types.ts';

export interface ControllerMetrics {
  reconciled(controller: string, outcome: Outcome['kind'], seconds: number): void;
  /** Read when metrics are scraped. */
  watchQueue(controller: string, depth: () => number): void;
}

/** Seconds: from a reconcile that writes nothing to one that waits for a slow server. */
const durationBuckets = [0.001, 0.005, 0.02, 0.1, 0.5, 2, 10];

export function createControllerMetrics(registry: Registry): ControllerMetrics {
  const reconciles = new Counter({
    name: 'servicesv3_controller_reconciles_total',
    help: 'Reconciles by controller and outcome (done, after, retry, stop).',
    labelNames: ['controller', 'outcome'] as const,
    registers: [registry],
  });
  const duration = new Histogram({
    name: 'servicesv3_controller_reconcile_duration_seconds',
    help: 'How long one reconcile took.',
    labelNames: ['controller'] as const,
    buckets: durationBuckets,
    registers: [registry],
  });
  const queues = new Map<string, () => number>();
  new Gauge({
    name: 'servicesv3_controller_queue_depth',
    help: 'Keys that wait for a worker.',
    labelNames: ['controller'] as const,
    registers: [registry],
    collect() {
      for (const [controller, depth] of queues) this.set({ controller }, depth());
    },
  });
  return {
    reconciled(controller, outcome, seconds) {
      reconciles.inc({ controller, outcome });
      duration.observe({ controller }, seconds);
    },
    watchQueue(controller, depth) {
      queues.set(controller, depth);
    },
  };
}

export const noMetrics: ControllerMetrics = { reconciled() {}, watchQueue() {} };
