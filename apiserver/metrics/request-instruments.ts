/**
 * The instruments behind the numbers of the request pipeline: upstream's names, help texts and buckets
 * (apiserver `pkg/endpoints/metrics/metrics.go`, `pkg/endpoints/filters/metrics.go`).
 */
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';

/** Seconds; upstream's buckets. */
const durationBuckets = [
  0.005, 0.025, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1.0, 1.25, 1.5, 2, 3, 4, 5, 6, 8, 10, 15, 20, 30, 45, 60,
];
/** Seconds; upstream's buckets. */
const sliBuckets = durationBuckets.filter((bound) => bound >= 0.05);
/** Bytes; upstream's buckets. */
const sizeBuckets = [1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9];

const requestLabels = ['verb', 'group', 'version', 'resource', 'subresource', 'scope', 'component'] as const;

/** About requests to resources, by what was asked for. */
export function requestInstruments(registers: Registry[]) {
  return {
    ...answerInstruments(registers),
    longRunning: new Gauge({
      name: 'apiserver_longrunning_requests',
      help: 'Gauge of all active long-running apiserver requests broken out by verb, group, version, resource, scope and component.',
      labelNames: requestLabels,
      registers,
    }),
    terminations: new Counter({
      name: 'apiserver_request_terminations_total',
      help: 'Number of requests which apiserver terminated in self-defense.',
      labelNames: [...requestLabels, 'code'],
      registers,
    }),
    aborts: new Counter({
      name: 'apiserver_request_aborts_total',
      help: 'Number of requests which apiserver aborted possibly due to a crash of a handler, for each group, version, verb, resource, subresource and scope.',
      labelNames: requestLabels,
      registers,
    }),
  };
}

/** About answers: how many, how long they took, how large they were. */
function answerInstruments(registers: Registry[]) {
  return {
    total: new Counter({
      name: 'apiserver_request_total',
      help: 'Counter of apiserver requests broken out for each verb, dry run value, group, version, resource, scope, component, and HTTP response code.',
      labelNames: [...requestLabels, 'dry_run', 'code'],
      registers,
    }),
    duration: new Histogram({
      name: 'apiserver_request_duration_seconds',
      help: 'Response latency distribution in seconds for each verb, dry run value, group, version, resource, subresource, scope and component.',
      labelNames: [...requestLabels, 'dry_run'],
      buckets: durationBuckets,
      registers,
    }),
    sli: new Histogram({
      name: 'apiserver_request_sli_duration_seconds',
      help: 'Response latency distribution (not counting webhook duration and priority & fairness queue wait times) in seconds for each verb, group, version, resource, subresource, scope and component.',
      labelNames: requestLabels,
      buckets: sliBuckets,
      registers,
    }),
    sizes: new Histogram({
      name: 'apiserver_response_sizes',
      help: 'Response size distribution in bytes for each group, version, verb, resource, subresource, scope and component.',
      labelNames: requestLabels,
      buckets: sizeBuckets,
      registers,
    }),
  };
}

/** About what stands before a request: the in-flight limit, who asks, and whether they may. */
export function accessInstruments(registers: Registry[]) {
  return {
    inFlight: new Gauge({
      name: 'apiserver_current_inflight_requests',
      help: 'Number of currently used inflight request limit of this apiserver per request kind.',
      labelNames: ['request_kind'],
      registers,
    }),
    attempts: new Counter({
      name: 'authentication_attempts',
      help: 'Counter of authenticated attempts.',
      labelNames: ['result'],
      registers,
    }),
    users: new Counter({
      name: 'authenticated_user_requests',
      help: 'Counter of authenticated requests broken out by username.',
      labelNames: ['username'],
      registers,
    }),
    authorizations: new Counter({
      name: 'authorization_attempts_total',
      help: 'Counter of authorization attempts broken down by result.',
      labelNames: ['result'],
      registers,
    }),
  };
}
