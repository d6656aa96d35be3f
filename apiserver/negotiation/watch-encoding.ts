/**
 * Events as a watch writes them: one JSON line each (upstream: apiserver `pkg/endpoints/handlers/watch.go`).
 *
 * A plain line is the same for every watcher, so the last few are kept: an event that a thousand watchers see
 * is put together once. A batch leaves as one buffer, so that it is one write on the socket.
 */
import { apiVersionOf, type Kind } from '../../api/kind.ts';
import type { KubeObject } from '../../api/meta/types.ts';
import type { ObjectView, WatchEvent } from '../registry/rest.ts';
import type { OutputFormat } from './accept.ts';
import { type EncodingScope, rendererOf } from './object-encoding.ts';
import { partialMetadata } from './table.ts';

/** Marks the bookmark behind the initial events of a watch-list. */
export const INITIAL_EVENTS_END = 'k8s.io/initial-events-end';

/** Lines kept for other watchers of the same event: more than one store batch, a few MB at most. */
const MAX_SHARED_LINES = 1024;
/** Batches above this are initial events, which no other watcher is about to need. */
const MAX_SHARED_BATCH = 64;

type ObjectEventType = 'ADDED' | 'MODIFIED' | 'DELETED';
type ObjectEvent = Extract<WatchEvent, { view: ObjectView }>;
type BookmarkEvent = Extract<WatchEvent, { type: 'BOOKMARK' }>;

/** Encodes the events of one watch, in order. */
export type WatchEncoder = (events: readonly WatchEvent[]) => Uint8Array;

/** The lines of recent events, shared by all watches of a process. Bounded; forgets the oldest first. */
export class SharedLines {
  readonly #lines: Readonly<Record<ObjectEventType, Map<ObjectView, Uint8Array>>> = {
    ADDED: new Map(),
    MODIFIED: new Map(),
    DELETED: new Map(),
  };

  line(type: ObjectEventType, view: ObjectView): Uint8Array {
    const lines = this.#lines[type];
    const known = lines.get(view);
    if (known !== undefined) return known;
    const line = plainLine(type, view);
    lines.set(view, line);
    if (lines.size > MAX_SHARED_LINES) {
      const oldest = lines.keys().next();
      if (oldest.done !== true) lines.delete(oldest.value);
    }
    return line;
  }
}

const lineStarts: Readonly<Record<ObjectEventType, Uint8Array>> = {
  ADDED: Buffer.from('{"type":"ADDED","object":'),
  MODIFIED: Buffer.from('{"type":"MODIFIED","object":'),
  DELETED: Buffer.from('{"type":"DELETED","object":'),
};
const lineEnd = Buffer.from('}\n');

function plainLine(type: ObjectEventType, view: ObjectView): Uint8Array {
  return Buffer.concat([lineStarts[type], view.json, lineEnd]);
}

/** An object of the kind with nothing but a version, as reflectors want it. */
function bookmarkObject(kind: Kind, event: BookmarkEvent): KubeObject {
  return {
    kind: kind.kind,
    apiVersion: apiVersionOf(kind),
    metadata: {
      resourceVersion: event.resourceVersion,
      ...(event.initialEventsEnd ? { annotations: { [INITIAL_EVENTS_END]: 'true' } } : {}),
    },
  };
}

const valueLine = (type: WatchEvent['type'], object: unknown): Uint8Array =>
  Buffer.from(`${JSON.stringify({ type, object })}\n`);

/** @throws ApiError NotAcceptable (before the first event) when the transform does not fit a watch */
export function createWatchEncoder(
  format: OutputFormat,
  scope: EncodingScope,
  shared: SharedLines,
): WatchEncoder {
  const nextBatch = batchEncoder(format, scope, shared);
  return (events) => {
    const lineOf = nextBatch();
    const share = events.length <= MAX_SHARED_BATCH;
    const lines = events.map((event) =>
      event.type === 'ERROR' ? valueLine('ERROR', event.status) : lineOf(event, share),
    );
    const [only] = lines;
    return lines.length === 1 && only !== undefined ? only : Buffer.concat(lines);
  };
}

type LineEncoder = (event: ObjectEvent | BookmarkEvent, share: boolean) => Uint8Array;

/** Called for each batch of one watch. */
function batchEncoder(format: OutputFormat, scope: EncodingScope, shared: SharedLines): () => LineEncoder {
  const { transform } = format;
  if (transform?.kind === 'Table') return tableBatchEncoder(format, scope, transform.apiVersion);
  const encode: LineEncoder = (event, share) => {
    if (transform === undefined && event.type !== 'BOOKMARK') {
      return share ? shared.line(event.type, event.view) : plainLine(event.type, event.view);
    }
    const object = event.type === 'BOOKMARK' ? bookmarkObject(scope.kind, event) : event.view.object();
    if (transform === undefined) return valueLine(event.type, object);
    return valueLine(event.type, partialMetadata(transform.apiVersion, object.metadata));
  };
  return () => encode;
}

function tableBatchEncoder(
  format: OutputFormat,
  scope: EncodingScope,
  apiVersion: string,
): () => LineEncoder {
  let first = true;
  return () => {
    // Computed columns look at other objects as they are now: anew for each batch, once for all its events.
    const renderer = rendererOf(format, scope, apiVersion);
    return (event) => {
      const table =
        event.type === 'BOOKMARK'
          ? renderer.bookmarkTable(bookmarkObject(scope.kind, event), first)
          : renderer.eventTable(event.view.object(), first);
      first = false;
      return valueLine(event.type, table);
    };
  };
}
