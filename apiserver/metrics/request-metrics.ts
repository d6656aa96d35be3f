/**
 * The numbers of the request pipeline under the names operators' dashboards know
 * (upstream: apiserver `pkg/endpoints/metrics/metrics.go`, `pkg/endpoints/filters/metrics.go`).
 */
import type { Registry } from 'prom-client';
import type { InFlightKind } from '../http/in-flight.ts';
import type { RequestInfo } from '../request-info.ts';
import { accessInstruments, requestInstruments } from './request-instruments.ts';

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

/** How long-lived a label value may be made by a client: only verbs and resources that exist reach a label. */
export interface RequestMetricsOptions {
  readonly registry: Registry;
  /** Whether a resource is served; the names of others are shown as ''. */
  readonly served: (info: RequestInfo) => boolean;
}

export function createRequestMetrics({ registry, served }: RequestMetricsOptions): RequestMetrics {
  const requests = requestInstruments([registry]);
  const access = accessInstruments([registry]);
  const labelsOf = (info: RequestInfo) => requestLabelsOf(info, served(info));
  return {
    ended(info, dryRun, code, seconds, bytes) {
      const labels = labelsOf(info);
      requests.total.inc({ ...labels, dry_run: dryRun, code });
      requests.sizes.observe(labels, bytes);
      if (labels.verb === 'WATCH') return;
      requests.duration.observe({ ...labels, dry_run: dryRun }, seconds);
      // Nothing that upstream leaves out of it (webhooks, queues) is on the way yet.
      if (dryRun === '') requests.sli.observe(labels, seconds);
    },
    longRunning(info) {
      const labels = labelsOf(info);
      requests.longRunning.inc(labels);
      return () => requests.longRunning.dec(labels);
    },
    inFlight: (kind, now) => access.inFlight.set({ request_kind: kind }, now),
    terminated: (info, code) => requests.terminations.inc({ ...labelsOf(info), code }),
    aborted: (info) => requests.aborts.inc(labelsOf(info)),
    authenticated(result, user) {
      access.attempts.inc({ result });
      if (result === 'success') access.users.inc({ username: compressUser(user) });
    },
    authorized: (result) => access.authorizations.inc({ result }),
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
