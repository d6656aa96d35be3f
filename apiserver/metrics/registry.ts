/** The process's metrics registry, with what every Kubernetes component says about itself. */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { ReviewObserver } from '../auth/review-client.ts';
import type { VersionInfo } from '../version.ts';

export function createRegistry(version: VersionInfo): Registry {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const build = new Gauge({
    name: 'kubernetes_build_info',
    help: 'A metric with a constant 1 value labeled by major, minor, git version, git commit, git tree state, build date, runtime version, compiler, and platform.',
    labelNames: ['major', 'minor', 'git_version', 'go_version', 'platform'],
    registers: [registry],
  });
  build.set(
    {
      major: version.major,
      minor: version.minor,
      git_version: version.gitVersion,
      go_version: version.goVersion,
      platform: version.platform,
    },
    1,
  );
  return registry;
}

/** Handshakes that failed before there was a request. @returns to be called for each */
export function countHandshakeErrors(registry: Registry): () => void {
  const errors = new Counter({
    name: 'apiserver_tls_handshake_errors_total',
    help: 'Number of requests dropped with a TLS handshake error.',
    registers: [registry],
  });
  return () => errors.inc();
}

/** How many objects of each resource there are, asked when metrics are read. */
export function countObjects(
  registry: Registry,
  sizes: () => Iterable<{ readonly group: string; readonly resource: string; readonly objects: number }>,
): void {
  new Gauge({
    name: 'apiserver_resource_objects',
    help: 'Number of stored objects at the time of last check split by kind.',
    labelNames: ['group', 'resource'],
    registers: [registry],
    collect() {
      this.reset();
      for (const { group, resource, objects } of sizes()) this.set({ group, resource }, objects);
    },
  });
}

/** Reviews asked of kube-apiserver. */
export function observeReviews(registry: Registry): ReviewObserver {
  const registers = [registry];
  const names: Readonly<Record<string, string>> = { tokenreviews: 'authn', subjectaccessreviews: 'authz' };
  const make = (kind: string) => ({
    requests: new Counter({
      name: `apiserver_delegated_${kind}_request_total`,
      help: 'Number of HTTP requests partitioned by status code.',
      labelNames: ['code'],
      registers,
    }),
    duration: new Histogram({
      name: `apiserver_delegated_${kind}_request_duration_seconds`,
      help: 'Request latency in seconds. Broken down by status code.',
      labelNames: ['code'],
      buckets: [0.25, 0.5, 0.7, 1, 1.5, 3, 5, 10],
      registers,
    }),
  });
  const metrics = new Map([
    ['authn', make('authn')],
    ['authz', make('authz')],
  ]);
  return (plural, code, seconds) => {
    const found = metrics.get(names[plural] ?? '');
    found?.requests.inc({ code });
    found?.duration.observe({ code }, seconds);
  };
}
