/**
 * The numbers of the request pipeline under the names operators' dashboards know
 * (upstream: apiserver `pkg/endpoints/metrics/metrics.go`, `pkg/endpoints/filters/metrics.go`).
 */
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { InFlightKind } from '../http/in-flight.ts';
import type { RequestInfo } from '../request-info.ts';

/** What the pipeline reports. */
export interface RequestMetrics {
  /** A request that ended. @param seconds from the first byte read to the last written */
  ended(info: RequestInfo, dryRun: string, code: number, seconds: number, bytes: number): void;
  /** @returns to be called when the long-running request ends */
  longRunning(info: RequestInfo): () => void;
  inFlight(kind: InFlightKind, now: number): void;
  /** A request ended by the server without an answer of a handler. */
  terminated(info: RequestInfo, code: number): void;
  /** A handler crashed. */
  aborted(info: RequestInfo): void;
  authenticated(result: 'success' | 'failure' | 'error', user: string): void;
  authorized(result: 'allowed' | 'denied' | 'error'): void;
}

/** Seconds; upstream's buckets. */
const durationBuckets = [
  0.005, 0.025, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1.0, 1.25, 1.5, 2, 3, 4, 5, 6, 8, 10, 15, 20, 30, 45, 60,
];
/** Seconds; upstream's buckets. */
const sliBuckets = durationBuckets.filter((bound) => bound >= 0.05);
/** Bytes; upstream's buckets. */
const sizeBuckets = [1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9];

const requestLabels = ['verb', 'group', 'version', 'resource', 'subresource', 'scope', 'component'] as const;

/** How long-lived a label value may be made by a client: only verbs and resources that exist reach a label. */
export interface RequestMetricsOptions {
  readonly registry: Registry;
  /** Whether a resource is served; the names of others are shown as ''. */
  readonly served: (info: RequestInfo) => boolean;
}

export function createRequestMetrics({ registry, served }: RequestMetricsOptions): RequestMetrics {
  const registers = [registry];
  const total = new Counter({
    name: 'apiserver_request_total',
    help: 'Counter of apiserver requests broken out for each verb, dry run value, group, version, resource, scope, component, and HTTP response code.',
    labelNames: [...requestLabels, 'dry_run', 'code'],
    registers,
  });
  const duration = new Histogram({
    name: 'apiserver_request_duration_seconds',
    help: 'Response latency distribution in seconds for each verb, dry run value, group, version, resource, subresource, scope and component.',
    labelNames: [...requestLabels, 'dry_run'],
    buckets: durationBuckets,
    registers,
  });
  const sli = new Histogram({
    name: 'apiserver_request_sli_duration_seconds',
    help: 'Response latency distribution (not counting webhook duration and priority & fairness queue wait times) in seconds for each verb, group, version, resource, subresource, scope and component.',
    labelNames: requestLabels,
    buckets: sliBuckets,
    registers,
  });
  const sizes = new Histogram({
    name: 'apiserver_response_sizes',
    help: 'Response size distribution in bytes for each group, version, verb, resource, subresource, scope and component.',
    labelNames: requestLabels,
    buckets: sizeBuckets,
    registers,
  });
  const longRunning = new Gauge({
    name: 'apiserver_longrunning_requests',
    help: 'Gauge of all active long-running apiserver requests broken out by verb, group, version, resource, scope and component.',
    labelNames: requestLabels,
    registers,
  });
  const inFlight = new Gauge({
    name: 'apiserver_current_inflight_requests',
    help: 'Number of currently used inflight request limit of this apiserver per request kind.',
    labelNames: ['request_kind'],
    registers,
  });
  const terminations = new Counter({
    name: 'apiserver_request_terminations_total',
    help: 'Number of requests which apiserver terminated in self-defense.',
    labelNames: [...requestLabels, 'code'],
    registers,
  });
  const aborts = new Counter({
    name: 'apiserver_request_aborts_total',
    help: 'Number of requests which apiserver aborted possibly due to a crash of a handler, for each group, version, verb, resource, subresource and scope.',
    labelNames: requestLabels,
    registers,
  });
  const attempts = new Counter({
    name: 'authentication_attempts',
    help: 'Counter of authenticated attempts.',
    labelNames: ['result'],
    registers,
  });
  const users = new Counter({
    name: 'authenticated_user_requests',
    help: 'Counter of authenticated requests broken out by username.',
    labelNames: ['username'],
    registers,
  });
  const authorizations = new Counter({
    name: 'authorization_attempts_total',
    help: 'Counter of authorization attempts broken down by result.',
    labelNames: ['result'],
    registers,
  });
  const labelsOf = (info: RequestInfo) => requestLabelsOf(info, served(info));
  return {
    ended(info, dryRun, code, seconds, bytes) {
      const labels = labelsOf(info);
      total.inc({ ...labels, dry_run: dryRun, code });
      sizes.observe(labels, bytes);
      if (labels.verb === 'WATCH') return;
      duration.observe({ ...labels, dry_run: dryRun }, seconds);
      // Nothing that upstream leaves out of it (webhooks, queues) is on the way yet.
      if (dryRun === '') sli.observe(labels, seconds);
    },
    longRunning(info) {
      const labels = labelsOf(info);
      longRunning.inc(labels);
      return () => longRunning.dec(labels);
    },
    inFlight: (kind, now) => inFlight.set({ request_kind: kind }, now),
    terminated: (info, code) => terminations.inc({ ...labelsOf(info), code }),
    aborted: (info) => aborts.inc(labelsOf(info)),
    authenticated(result, user) {
      attempts.inc({ result });
      if (result === 'success') users.inc({ username: compressUser(user) });
    },
    authorized: (result) => authorizations.inc({ result }),
  };
}

/** As upstream: the few well-known names, all others as one. */
function compressUser(user: string): string {
  return ['admin', 'client', 'kube_proxy', 'kubelet', 'system:serviceaccount:kube-system:default'].includes(
    user,
  )
    ? user
    : 'other';
}

const canonicalVerbs: Readonly<Record<string, string>> = {
  get: 'GET',
  list: 'LIST',
  watch: 'WATCH',
  create: 'POST',
  update: 'PUT',
  patch: 'PATCH',
  delete: 'DELETE',
  deletecollection: 'DELETECOLLECTION',
  post: 'POST',
  put: 'PUT',
  head: 'HEAD',
  options: 'OPTIONS',
};

function requestLabelsOf(info: RequestInfo, known: boolean) {
  return {
    verb: canonicalVerbs[info.verb] ?? 'other',
    group: known ? info.group : '',
    version: known ? info.version : '',
    resource: known ? info.resource : '',
    subresource: known ? info.subresource : '',
    scope: known ? scopeOf(info) : '',
    component: 'apiserver',
  };
}

function scopeOf(info: RequestInfo): string {
  if (info.name !== '') return 'resource';
  return info.namespace === '' ? 'cluster' : 'namespace';
}
