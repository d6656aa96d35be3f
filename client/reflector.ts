/**
 * Follows one collection by list and watch and tells a sink, so that the sink's copy becomes equal to the
 * server's and stays so.
 *
 *            ┌────────────── 410: the history we know is gone ─────────────┐
 *            ▼                                                            │
 *   idle ► listing ──replace(all, R)──► watching from R ──event──► watching from R' ─┐
 *            │                              │  ▲                                     │
 *            └── error ──► waiting ◄─ error ┘  └──── ended cleanly: again from R' ◄──┘
 *                            └── after the backoff: listing (nothing known) or watching from R'
 *
 * 1. Every event is told once: a watch resumes at the version of the last event or bookmark told.
 * 2. Nothing is skipped: what cannot be resumed (410) is listed anew, and `replace` carries the whole.
 * 3. Time between attempts grows up to a cap and is jittered, so a server that comes back is not stormed.
 *
 * Upstream: client-go `tools/cache/reflector.go`; streaming lists: KEP-3157.
 */
import { ApiError, isReason } from '../api/meta/api-error.ts';
import type { KubeObject } from '../api/meta/types.ts';
import { type Clock, sleep } from './clock.ts';
import { ClientError } from './errors.ts';
import { listAll } from './paged-list.ts';
import { createSilence } from './silence.ts';
import type { ClientWatchEvent, ResourceClient } from './types.ts';

export interface ReflectorSink<T extends KubeObject> {
  /** The collection is exactly these objects. */
  replace(objects: readonly T[], resourceVersion: string): void;
  changed(type: 'ADDED' | 'MODIFIED' | 'DELETED', object: T): void;
}

export type ReflectorState =
  | { readonly kind: 'idle' }
  | { readonly kind: 'listing' }
  | { readonly kind: 'watching'; readonly resourceVersion: string }
  | { readonly kind: 'waiting'; readonly milliseconds: number; readonly cause: unknown }
  | { readonly kind: 'stopped' };

export interface ReflectorOptions<T extends KubeObject> {
  readonly client: ResourceClient<T>;
  readonly sink: ReflectorSink<T>;
  readonly clock: Clock;
  /** 0 ≤ x < 1, for jitter. */
  readonly random: () => number;
  readonly namespace?: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  /** Fill by a watch with initial events where the server can (default true). */
  readonly watchList?: boolean;
  /** Called at every change of state; must not throw. */
  readonly onState?: (state: ReflectorState) => void;
}

export interface Reflector {
  readonly state: ReflectorState;
  /** Ends, without throwing, when the signal does. */
  run(signal: AbortSignal): Promise<void>;
}

/** A watch asks for an end between this and twice this, so that replicas get their share of clients anew. */
const minWatchSeconds = 300;
/** First wait after a failure; doubles with each further one. */
const backoffBaseMilliseconds = 500;
const backoffCapMilliseconds = 30_000;
/** A watch that ends sooner without an event counts as a failure, else an empty server would be hammered. */
const shortWatchMilliseconds = 1_000;
/** A streaming list that is silent for so long is given up for paged lists. */
const initialEventsSilenceMilliseconds = 30_000;

const initialEventsEnd = 'k8s.io/initial-events-end';

export function createReflector<T extends KubeObject>(options: ReflectorOptions<T>): Reflector {
  const { client, sink, clock } = options;
  const scope = {
    ...(options.namespace === undefined ? {} : { namespace: options.namespace }),
    ...(options.labelSelector === undefined ? {} : { labelSelector: options.labelSelector }),
    ...(options.fieldSelector === undefined ? {} : { fieldSelector: options.fieldSelector }),
  };
  let state: ReflectorState = { kind: 'idle' };
  let streaming = options.watchList ?? true;
  /** The version to resume at; undefined: nothing known. */
  let last: string | undefined;
  /** Failures in a row. */
  let failures = 0;

  function enter(next: ReflectorState): void {
    state = next;
    options.onState?.(next);
  }

  const watchSeconds = (): number => Math.floor(minWatchSeconds * (1 + options.random()));

  function tell(event: ClientWatchEvent<T>): void {
    if (event.type === 'ERROR') throw errorOf(event);
    const version = versionOf(event.object);
    if (event.type !== 'BOOKMARK') {
      sink.changed(event.type, event.object);
      failures = 0;
    }
    last = version;
    enter({ kind: 'watching', resourceVersion: version });
  }

  async function listByPages(signal: AbortSignal): Promise<void> {
    const { objects, resourceVersion } = await listAll(client, scope, signal);
    if (signal.aborted) return;
    sink.replace(objects, resourceVersion);
    last = resourceVersion;
  }

  /** Fills by a watch that begins with every object, and goes on as that watch. */
  async function listByWatch(signal: AbortSignal): Promise<void> {
    const silence = createSilence(clock, initialEventsSilenceMilliseconds, signal);
    const objects = new Map<string, T>();
    let filled = false;
    try {
      const events = client.watch({
        ...scope,
        sendInitialEvents: true,
        resourceVersionMatch: 'NotOlderThan',
        allowWatchBookmarks: true,
        timeoutSeconds: watchSeconds(),
        signal: silence.signal,
      });
      for await (const event of events) {
        if (signal.aborted) return;
        if (filled) {
          tell(event);
          continue;
        }
        silence.heard();
        if (collect(objects, event)) {
          silence.cancel();
          filled = true;
          last = versionOf(event.object);
          sink.replace([...objects.values()], last);
          enter({ kind: 'watching', resourceVersion: last });
          failures = 0;
        }
      }
    } finally {
      silence.cancel();
    }
    if (!filled && !signal.aborted) {
      if (silence.broken) streaming = false;
      throw new ClientError('Unreachable', `the initial events of ${client.ref.plural} ended too soon`);
    }
  }

  async function follow(from: string, signal: AbortSignal): Promise<void> {
    const began = clock.now();
    let heard = false;
    enter({ kind: 'watching', resourceVersion: from });
    const events = client.watch({
      ...scope,
      resourceVersion: from,
      allowWatchBookmarks: true,
      timeoutSeconds: watchSeconds(),
      signal,
    });
    for await (const event of events) {
      if (signal.aborted) return;
      tell(event);
      heard = true;
    }
    if (signal.aborted) return;
    if (!heard && clock.now() - began < shortWatchMilliseconds) {
      throw new ClientError('Unreachable', `a watch of ${client.ref.plural} ended at once`);
    }
    failures = 0;
  }

  async function step(signal: AbortSignal): Promise<void> {
    if (last !== undefined) return follow(last, signal);
    enter({ kind: 'listing' });
    if (!streaming) return listByPages(signal);
    try {
      await listByWatch(signal);
    } catch (error) {
      // Servers that do not know streaming lists refuse the parameter (422) or its use (400).
      if (last !== undefined || !isReason(error, 'Invalid', 'BadRequest')) throw error;
      streaming = false;
    }
  }

  async function recover(error: unknown, signal: AbortSignal): Promise<void> {
    const gone = isReason(error, 'Expired', 'Gone');
    if (gone) last = undefined;
    failures += 1;
    // The first 410 after progress is everyday life: list at once.
    if (gone && failures === 1) return;
    const milliseconds = backoff(failures, options.random());
    enter({ kind: 'waiting', milliseconds, cause: error });
    await sleep(clock, milliseconds, signal);
  }

  return {
    get state() {
      return state;
    },
    async run(signal) {
      while (!signal.aborted) {
        try {
          await step(signal);
        } catch (error) {
          if (!signal.aborted) await recover(error, signal);
        }
      }
      enter({ kind: 'stopped' });
    },
  };
}

/** @returns milliseconds: exponential up to the cap, of which the upper half is random */
export function backoff(failures: number, random: number): number {
  const full = Math.min(backoffCapMilliseconds, backoffBaseMilliseconds * 2 ** Math.min(failures - 1, 16));
  return Math.round(full / 2 + (full / 2) * random);
}

/** @returns whether this was the bookmark that ends the initial events */
function collect<T extends KubeObject>(objects: Map<string, T>, event: ClientWatchEvent<T>): boolean {
  const { metadata } = event.object;
  switch (event.type) {
    case 'ADDED':
    case 'MODIFIED':
      objects.set(`${metadata.namespace ?? ''}/${metadata.name ?? ''}`, event.object);
      return false;
    case 'DELETED':
      objects.delete(`${metadata.namespace ?? ''}/${metadata.name ?? ''}`);
      return false;
    case 'BOOKMARK':
      return metadata.annotations?.[initialEventsEnd] === 'true';
    case 'ERROR':
      throw errorOf(event);
  }
}

function errorOf(event: ClientWatchEvent): ApiError {
  const status = event.object as unknown as Parameters<typeof ApiError.fromStatus>[0];
  // Old servers send code 410 with reason Gone, new ones Expired; the code alone is enough.
  const reason = status.reason ?? (status.code === 410 ? 'Expired' : 'InternalError');
  return ApiError.fromStatus({ ...status, reason });
}

function versionOf(object: KubeObject): string {
  const version = object.metadata.resourceVersion;
  if (version === undefined) throw new ClientError('Protocol', 'a watch event has no resourceVersion');
  return version;
}
