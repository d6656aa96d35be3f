/**
 * OpenAPI over HTTP: `/openapi/v2` whole, `/openapi/v3` as an index and one document a group version. The index
 * lists our own group versions only: the aggregator merges it by key into the cluster's. A stale `?hash=` gets the
 * current document (a redirect, upstream's answer, becomes 502 behind the aggregator). Documents are there in JSON
 * and in gnostic's protobuf messages (upstream: kube-openapi `handler/handler.go`, `handler3/handler.go`).
 */
import { createHash } from 'node:crypto';
import { type Request, type Response, Router } from 'express';
import { encodeOpenApiV2 } from '../../api/protobuf/openapi-v2.ts';
import { encodeOpenApiV3 } from '../../api/protobuf/openapi-v3.ts';
import { notAcceptable, parseAccept } from '../negotiation/accept.ts';

export interface OpenApiDocuments {
  /** All kinds. */
  readonly v2: () => object;
  /** By path such as `apis/<group>/<version>` or `api/v1`. */
  readonly v3: ReadonlyMap<string, () => object>;
}

interface Document {
  readonly json: string;
  /** Without quotes. Of the JSON, for every form of it: `Vary` tells the forms apart. */
  readonly hash: string;
  readonly protobuf?: ProtobufForm;
}

interface ProtobufForm {
  readonly mediaTypes: ProtobufEncoding['mediaTypes'];
  /** @throws TypeError where the document says what protobuf cannot */
  readonly bytes: () => Uint8Array;
}

interface ProtobufEncoding {
  /** What answers are called, and what old clients ask for. */
  readonly mediaTypes: readonly [string, string];
  readonly encode: (document: object) => Uint8Array;
}

const encodingV2: ProtobufEncoding = {
  mediaTypes: [
    'application/com.github.proto-openapi.spec.v2.v1.0+protobuf',
    'application/com.github.proto-openapi.spec.v2@v1.0+protobuf',
  ],
  encode: encodeOpenApiV2,
};
const encodingV3: ProtobufEncoding = {
  mediaTypes: [
    'application/com.github.proto-openapi.spec.v3.v1.0+protobuf',
    'application/com.github.proto-openapi.spec.v3@v1.0+protobuf',
  ],
  encode: encodeOpenApiV3,
};

/** Built on first use: they are large, and a server that only watches never needs them. */
function lazily(build: () => object, encoding?: ProtobufEncoding): () => Document {
  return once(() => {
    const json = JSON.stringify(build());
    const hash = createHash('sha512').update(json).digest('hex').toUpperCase();
    if (encoding === undefined) return { json, hash };
    const { mediaTypes, encode } = encoding;
    return { json, hash, protobuf: { mediaTypes, bytes: once(() => encode(JSON.parse(json))) } };
  });
}

function once<T extends object>(make: () => T): () => T {
  let made: T | undefined;
  return () => {
    made ??= make();
    return made;
  };
}

const oneYearMilliseconds = 365 * 24 * 60 * 60 * 1000;

export function openApiRouter(documents: OpenApiDocuments, now: () => Date): Router {
  const router = Router({ caseSensitive: true });
  const v2 = lazily(documents.v2, encodingV2);
  const v3 = new Map([...documents.v3].map(([path, build]) => [path, lazily(build, encodingV3)]));
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

/** @throws ApiError NotAcceptable where no form that the document has is asked for */
function send(request: Request, response: Response, document: Document): void {
  response.set({ Vary: 'Accept', ETag: `"${document.hash}"` });
  // The index has one form, whatever is asked for (kube-openapi `pkg/handler3/handler.go`).
  const mediaType =
    document.protobuf === undefined
      ? json
      : negotiate(request.get('accept') ?? '', document.protobuf.mediaTypes);
  if (matches(request.get('if-none-match') ?? '', document.hash)) {
    response.status(304).end();
    return;
  }
  response.setHeader('Content-Type', mediaType);
  response.status(200).end(mediaType === json ? document.json : document.protobuf?.bytes());
}

const json = 'application/json';

/** The media type to answer with: that of the first clause that names one; JSON for who does not care. */
function negotiate(accept: string, protobuf: ProtobufForm['mediaTypes']): string {
  if (accept === '') return json;
  for (const { type } of parseAccept(accept)) {
    if ([json, 'application/*', '*/*'].includes(type)) return json;
    if (protobuf.includes(type)) return protobuf[0];
  }
  throw notAcceptable([json, ...protobuf]);
}

const matches = (ifNoneMatch: string, hash: string): boolean =>
  ifNoneMatch.split(',').some((each) => each.trim().replace(/^W\//, '') === `"${hash}"`);
