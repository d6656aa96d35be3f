/**
 * One object or one list in the format the client asked for. Plain JSON copies the bytes that the watch cache
 * keeps; nothing is decoded or encoded again. Everything else goes through the decoded object.
 */
import { apiVersionOf, type Kind, type TableContext } from '../../api/kind.ts';
import { ApiError } from '../../api/meta/api-error.ts';
import type { KubeObject, ListMeta } from '../../api/meta/types.ts';
import type { ListResult, ObjectView } from '../registry/rest.ts';
import { mediaTypes, type NegotiableRequest, negotiateOutput, type OutputFormat } from './accept.ts';
import { partialMetadata, TableRenderer } from './table.ts';
import { encodeYaml } from './yaml.ts';

/** What encoding needs to know of the resource that is shown. */
export interface EncodingScope {
  readonly kind: Kind;
  /** Called once a request, and only for Tables. */
  readonly tableContext: () => TableContext;
}

export interface EncodedBody {
  readonly contentType: string;
  readonly body: Uint8Array | string;
}

const comma = Buffer.from(',');
const newline = Buffer.from('\n');
const listEnd = Buffer.from(']}\n');

const notAList = ({ kind }: Kind): ApiError =>
  new ApiError(
    'NotAcceptable',
    `you requested PartialObjectMetadataList, but the requested object is not a list (${kind})`,
  );

const isAList = ({ kind }: Kind): ApiError =>
  new ApiError(
    'NotAcceptable',
    `you requested PartialObjectMetadata, but the requested object is a list (${kind}List)`,
  );

/**
 * The format of an answer that is one object. Upstream finds out after the write that an object is no list; here
 * what is refused has not been done.
 * @throws ApiError NotAcceptable, BadRequest
 */
export function negotiateObject(request: NegotiableRequest, kind: Kind): OutputFormat {
  const format = negotiateOutput(request);
  if (format.transform?.kind === 'PartialObjectMetadataList') throw notAList(kind);
  return format;
}

/** The format of an answer that is a list. @throws ApiError NotAcceptable, BadRequest */
export function negotiateList(request: NegotiableRequest, kind: Kind): OutputFormat {
  const format = negotiateOutput(request);
  if (format.transform?.kind === 'PartialObjectMetadata') throw isAList(kind);
  return format;
}

/** Any JSON value, such as a Status: JSON ends in a newline. */
export function encodeValue(format: OutputFormat, value: unknown): EncodedBody {
  const contentType = mediaTypes[format.encoding];
  if (format.encoding === 'yaml') return { contentType, body: encodeYaml(value) };
  return { contentType, body: `${JSON.stringify(value, null, format.pretty ? 2 : undefined)}\n` };
}

/** @throws ApiError NotAcceptable when a list's transform is asked of an object */
export function encodeObject(format: OutputFormat, scope: EncodingScope, view: ObjectView): EncodedBody {
  const { transform } = format;
  if (transform === undefined) {
    if (format.encoding !== 'json' || format.pretty) return encodeValue(format, view.object());
    return { contentType: mediaTypes.json, body: Buffer.concat([view.json, newline]) };
  }
  const object = view.object();
  switch (transform.kind) {
    case 'PartialObjectMetadata':
      return encodeValue(format, partialMetadata(transform.apiVersion, object.metadata));
    case 'PartialObjectMetadataList':
      throw notAList(scope.kind);
    case 'Table': {
      const renderer = rendererOf(format, scope, transform.apiVersion);
      const { resourceVersion = '' } = object.metadata;
      return encodeValue(format, renderer.table([object], { resourceVersion }));
    }
  }
}

/** @throws ApiError NotAcceptable when an object's transform is asked of a list */
export function encodeList(format: OutputFormat, scope: EncodingScope, list: ListResult): EncodedBody {
  const metadata = listMeta(list);
  const { transform } = format;
  if (transform === undefined) return encodePlainList(format, scope.kind, list, metadata);
  switch (transform.kind) {
    case 'PartialObjectMetadata':
      throw isAList(scope.kind);
    case 'PartialObjectMetadataList': {
      const { kind, apiVersion } = transform;
      const items = list.items.map((item) => partialMetadata(apiVersion, item.object().metadata));
      return encodeValue(format, { kind, apiVersion, metadata, items });
    }
    case 'Table': {
      const renderer = rendererOf(format, scope, transform.apiVersion);
      return encodeValue(format, renderer.table(objectsOf(list.items), metadata));
    }
  }
}

export function rendererOf(format: OutputFormat, scope: EncodingScope, apiVersion: string): TableRenderer {
  return new TableRenderer(scope.kind, scope.tableContext(), apiVersion, format.includeObject);
}

function encodePlainList(
  format: OutputFormat,
  kind: Kind,
  list: ListResult,
  metadata: ListMeta,
): EncodedBody {
  const typeMeta = { kind: `${kind.kind}List`, apiVersion: apiVersionOf(kind) };
  if (format.encoding !== 'json' || format.pretty) {
    return encodeValue(format, { ...typeMeta, metadata, items: [...objectsOf(list.items)] });
  }
  const head = JSON.stringify({ ...typeMeta, metadata }).slice(0, -1);
  const pieces: Uint8Array[] = [Buffer.from(`${head},"items":[`)];
  list.items.forEach((item, index) => {
    if (index > 0) pieces.push(comma);
    pieces.push(item.json);
  });
  pieces.push(listEnd);
  return { contentType: mediaTypes.json, body: Buffer.concat(pieces) };
}

function listMeta(list: ListResult): ListMeta {
  return {
    resourceVersion: list.resourceVersion,
    ...(list.continueToken === undefined ? {} : { continue: list.continueToken }),
    ...(list.remainingItemCount === undefined ? {} : { remainingItemCount: list.remainingItemCount }),
  };
}

function* objectsOf(views: readonly ObjectView[]): Iterable<KubeObject> {
  for (const view of views) yield view.object();
}
