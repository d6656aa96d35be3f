/** The health endpoints over HTTP, and one path for each check. */
import { type Response, Router } from 'express';
import type { Logger } from 'pino';
import { apiRequestOf } from '../http/express-adapter.ts';
import { failureOf, type HealthCheck, reportHealth } from './checks.ts';

/** Which checks stand behind which endpoint. */
export interface HealthChecks {
  /** The old name: everything but shutting down. */
  readonly healthz: readonly HealthCheck[];
  /** Whether a restart would help; nothing outside the process belongs here. */
  readonly livez: readonly HealthCheck[];
  /** Whether requests should be sent here. */
  readonly readyz: readonly HealthCheck[];
}

const endpoints = ['healthz', 'livez', 'readyz'] as const satisfies readonly (keyof HealthChecks)[];

export function healthRouter(allChecks: HealthChecks, log: Logger): Router {
  const router = Router({ caseSensitive: true });
  for (const endpoint of endpoints) {
    const checks = allChecks[endpoint];
    router.get(`/${endpoint}`, async (request, response) => {
      const { query } = apiRequestOf(request);
      const report = await reportHealth(endpoint, checks, {
        verbose: query.has('verbose'),
        excluded: query.getAll('exclude'),
      });
      if (!report.healthy) log.warn({ endpoint, failures: Object.fromEntries(report.failures) }, 'unhealthy');
      sendText(response, report.healthy ? 200 : 500, report.text);
    });
    for (const check of checks) {
      router.get(`/${endpoint}/${check.name}`, async (_request, response) => {
        const reason = await failureOf(check);
        if (reason === undefined) sendText(response, 200, 'ok');
        else sendText(response, 500, `internal server error: ${reason}\n`);
      });
    }
  }
  return router;
}

/** Every path of health, for the index at `/`. */
export function healthPaths(checks: HealthChecks): string[] {
  return endpoints.flatMap((endpoint) => [
    `/${endpoint}`,
    ...checks[endpoint].map((check) => `/${endpoint}/${check.name}`),
  ]);
}

function sendText(response: Response, code: number, text: string): void {
  response.setHeader('Content-Type', 'text/plain; charset=utf-8');
  response.setHeader('X-Content-Type-Options', 'nosniff');
  response.status(code).end(text);
}
