/**
 * OpenAPI over HTTP: `/openapi/v2` whole, `/openapi/v3` as an index and one document a group version. The index
 * lists our own group versions only: the aggregator merges it by key into the cluster's. A stale `?hash=` gets the
 * current document (a redirect, upstream's answer, becomes 502 behind the aggregator).
 */
import { createHash } from 'node:crypto';
import { type Request, type Response, Router } from 'express';
import { notAcceptable, parseAccept } from '../negotiation/accept.ts';

export interface OpenApiDocuments {
  /** All kinds. */
  readonly v2: () => object;
  /** By path such as `apis/<group>/<version>` or `api/v1`. */
  readonly v3: ReadonlyMap<string, () => object>;
}

interface Document {
  readonly json: string;
  /** Without quotes. */
  readonly hash: string;
}

/** Built on first use: they are large, and a server that only watches never needs them. */
function lazily(build: () => object): () => Document {
  let built: Document | undefined;
  return () => {
    if (built === undefined) {
      const json = JSON.stringify(build());
      built = { json, hash: createHash('sha512').update(json).digest('hex').toUpperCase() };
    }
    return built;
  };
}

const oneYearMilliseconds = 365 * 24 * 60 * 60 * 1000;

export function openApiRouter(documents: OpenApiDocuments, now: () => Date): Router {
  const router = Router({ caseSensitive: true });
  const v2 = lazily(documents.v2);
  const v3 = new Map([...documents.v3].map(([path, build]) => [path, lazily(build)]));
  const index = lazily(() => ({
    paths: Object.fromEntries(
      [...v3].map(([path, document]) => [
        path,
        { serverRelativeURL: `/openapi/v3/${path}?hash=${document().hash}` },
      ]),
    ),
  }));
  router.get('/openapi/v2', (request, response) => send(request, response, v2()));
  router.get('/openapi/v3', (request, response) => send(request, response, index()));
  for (const [path, document] of v3) {
    router.get(`/openapi/v3/${path}`, (request, response) => {
      if (request.query.hash === document().hash) {
        response.set({
          'Cache-Control': 'public, immutable',
          Expires: new Date(now().getTime() + oneYearMilliseconds).toUTCString(),
        });
      }
      send(request, response, document());
    });
  }
  return router;
}

/** @throws ApiError NotAcceptable where JSON is not asked for: a protobuf client is never answered in JSON */
function send(request: Request, response: Response, document: Document): void {
  response.set({ Vary: 'Accept', ETag: `"${document.hash}"` });
  const accept = request.get('accept') ?? '';
  if (accept !== '' && !parseAccept(accept).some(isJson)) throw notAcceptable(['application/json']);
  if (matches(request.get('if-none-match') ?? '', document.hash)) {
    response.status(304).end();
    return;
  }
  response.setHeader('Content-Type', 'application/json');
  response.status(200).end(document.json);
}

const isJson = ({ type }: { readonly type: string }): boolean =>
  ['application/json', 'application/*', '*/*'].includes(type);

const matches = (ifNoneMatch: string, hash: string): boolean =>
  ifNoneMatch.split(',').some((each) => each.trim().replace(/^W\//, '') === `"${hash}"`);
