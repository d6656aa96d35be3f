/** Everything that is not a resource: an Express application of small routers, as one Handler. */
import express, { type RequestHandler, type Router } from 'express';
import type { Registry } from 'prom-client';
import type { Handler } from '../exchange.ts';
import { pathNotFound } from '../handlers/responses.ts';
import { methodNotAllowed } from '../handlers/scope.ts';
import type { VersionInfo } from '../version.ts';
import { apiRequestOf, expressHandler } from './express-adapter.ts';
import { statusResponse } from './status-response.ts';

export interface PathOptions {
  readonly routers: readonly Router[];
  /** Paths of the routers, for the index. */
  readonly listed: readonly string[];
  readonly version: VersionInfo;
  readonly registry: Registry;
}

export function pathsHandler({ routers, listed, version, registry }: PathOptions): Handler {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.set('case sensitive routing', true);
  for (const router of routers) app.use(router);
  app.get('/version', (_request, response) => {
    sendJson(response, version);
  });
  app.get('/metrics', async (_request, response) => {
    response.setHeader('Content-Type', registry.contentType);
    response.end(await registry.metrics());
  });
  const paths = [...new Set([...listed, '/metrics', '/version'])].sort();
  const index: RequestHandler = (_request, response) => {
    sendJson(response, { paths });
  };
  app.get('/', index);
  app.get('/index.html', index);
  app.use(otherwise(new Set([...paths, '/'])));
  return expressHandler(app);
}

/** Indented, as Kubernetes writes its raw documents. */
function sendJson(response: Parameters<RequestHandler>[1], value: object): void {
  response.setHeader('Content-Type', 'application/json');
  response.status(200).end(JSON.stringify(value, null, 2));
}

/** A path we serve with another method is 405, all else 404. */
function otherwise(served: ReadonlySet<string>): RequestHandler {
  return (request, response) => {
    const { path } = apiRequestOf(request);
    const known = served.has(path.length > 1 ? path.replace(/\/$/, '') : path);
    const answer = known ? statusResponse(methodNotAllowed()) : pathNotFound;
    response.status(answer.code);
    for (const [name, value] of Object.entries(answer.headers)) response.setHeader(name, value);
    if ('body' in answer) response.end(answer.body);
  };
}
