/**
 * Discovery over HTTP: `/api`, `/api/v1`, `/apis`, `/apis/<group>`, `/apis/<group>/<version>`. The aggregator
 * reads `/apis` with an ETag once a minute, clients the rest of the time.
 */
import { createHash } from 'node:crypto';
import { type Request, type Response, Router } from 'express';
import { apiRequestOf } from '../http/express-adapter.ts';
import { notReady } from '../http/status-response.ts';
import { type MediaClause, negotiateOutput, parseAccept } from '../negotiation/accept.ts';
import { encodeValue } from '../negotiation/object-encoding.ts';
import {
  aggregatedDocument,
  coreVersionsDocument,
  type GroupVersionKinds,
  groupDocument,
  groupListDocument,
  resourceListDocument,
} from './documents.ts';

export interface DiscoveryOptions {
  readonly groupVersions: readonly GroupVersionKinds[];
  /** Until then 503: a 404 or an empty list would make garbage collection delete dependents. */
  readonly ready: () => boolean;
  /** `host:port` that clients reach us at. */
  readonly address: () => string;
}

const aggregatedType = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';

export function discoveryRouter({ groupVersions, ready, address }: DiscoveryOptions): Router {
  const router = Router({ caseSensitive: true });
  const named = groupVersions.filter((gv) => gv.group !== '');
  const core = groupVersions.filter((gv) => gv.group === '');
  const get = (path: string, send: (request: Request, response: Response) => void) =>
    router.get(path, (request, response) => {
      if (!ready()) throw notReady();
      send(request, response);
    });

  const apis = prepared(aggregatedDocument(named));
  get('/apis', (request, response) => {
    if (wantsAggregated(request)) sendAggregated(request, response, apis);
    else sendDocument(request, response, groupListDocument(named));
  });
  for (const [group, versions] of Map.groupBy(named, (gv) => gv.group)) {
    get(`/apis/${group}`, (request, response) =>
      sendDocument(request, response, groupDocument(group, versions)),
    );
  }
  if (core.length > 0) {
    const api = prepared(aggregatedDocument(core));
    get('/api', (request, response) => {
      if (wantsAggregated(request)) sendAggregated(request, response, api);
      else sendDocument(request, response, coreVersionsDocument(core, address()));
    });
  }
  for (const gv of groupVersions) {
    const document = resourceListDocument(gv);
    get(groupVersionPath(gv), (request, response) => sendDocument(request, response, document));
  }
  return router;
}

/** Every path of discovery, for the index at `/`. */
export function discoveryPaths(groupVersions: readonly GroupVersionKinds[]): string[] {
  const groups = new Set(groupVersions.map((gv) => (gv.group === '' ? '/api' : `/apis/${gv.group}`)));
  return ['/apis', ...groups, ...groupVersions.map(groupVersionPath)];
}

const groupVersionPath = ({ group, version }: GroupVersionKinds): string =>
  group === '' ? `/api/${version}` : `/apis/${group}/${version}`;

interface PreparedDocument {
  readonly json: string;
  readonly etag: string;
}

function prepared(document: object): PreparedDocument {
  const json = JSON.stringify(document);
  return { json: `${json}\n`, etag: `"${createHash('sha512').update(json).digest('hex').toUpperCase()}"` };
}

function wantsAggregated(request: Request): boolean {
  const clause = parseAccept(request.get('accept') ?? '').find(isServed);
  return clause !== undefined && isAggregated(clause);
}

/** The first clause that discovery can answer decides; protobuf and v2beta1 are passed over. */
function isServed(clause: MediaClause): boolean {
  const json = ['application/json', 'application/*', '*/*'].includes(clause.type);
  const plain = clause.parameters.get('as') === undefined;
  return (json && (plain || isAggregated(clause))) || (clause.type === 'application/yaml' && plain);
}

function isAggregated({ parameters }: MediaClause): boolean {
  return (
    parameters.get('g') === 'apidiscovery.k8s.io' &&
    parameters.get('v') === 'v2' &&
    parameters.get('as') === 'APIGroupDiscoveryList'
  );
}

function sendAggregated(request: Request, response: Response, document: PreparedDocument): void {
  response.set({ ETag: document.etag, Vary: 'Accept', 'Cache-Control': 'public' });
  if (request.get('if-none-match') === document.etag) {
    response.status(304).end();
    return;
  }
  response.setHeader('Content-Type', aggregatedType);
  response.status(200).end(document.json);
}

function sendDocument(request: Request, response: Response, document: object): void {
  const { contentType, body } = encodeValue(negotiateOutput(apiRequestOf(request)), document);
  response.setHeader('Content-Type', contentType);
  response.setHeader('Vary', 'Accept');
  response.status(200).end(body);
}
