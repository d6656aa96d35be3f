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
import type { ClientWatchEvent, ResourceClient, WatchParameters } from './types.ts';

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
  return new CollectionReflector(options);
}

class CollectionReflector<T extends KubeObject> implements Reflector {
  readonly #options: ReflectorOptions<T>;
  readonly #scope: Pick<WatchParameters, 'namespace' | 'labelSelector' | 'fieldSelector'>;
  #state: ReflectorState = { kind: 'idle' };
  #streaming: boolean;
  /** The version to resume at; undefined: nothing known. */
  #last: string | undefined;
  /** Failures in a row. */
  #failures = 0;

  constructor(options: ReflectorOptions<T>) {
    const { namespace, labelSelector, fieldSelector } = options;
    this.#options = options;
    this.#streaming = options.watchList ?? true;
    this.#scope = {
      ...(namespace === undefined ? {} : { namespace }),
      ...(labelSelector === undefined ? {} : { labelSelector }),
      ...(fieldSelector === undefined ? {} : { fieldSelector }),
    };
  }

  get state(): ReflectorState {
    return this.#state;
  }

  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        await this.#step(signal);
      } catch (error) {
        if (!signal.aborted) await this.#recover(error, signal);
      }
    }
    this.#enter({ kind: 'stopped' });
  }

  async #step(signal: AbortSignal): Promise<void> {
    if (this.#last !== undefined) return this.#follow(this.#last, signal);
    this.#enter({ kind: 'listing' });
    if (!this.#streaming) return this.#listByPages(signal);
    try {
      await this.#listByWatch(signal);
    } catch (error) {
      // Servers that do not know streaming lists refuse the parameter (422) or its use (400).
      if (this.#last !== undefined || !isReason(error, 'Invalid', 'BadRequest')) throw error;
      this.#streaming = false;
    }
  }

  async #recover(error: unknown, signal: AbortSignal): Promise<void> {
    const { clock, random } = this.#options;
    const gone = isReason(error, 'Expired', 'Gone');
    if (gone) this.#last = undefined;
    this.#failures += 1;
    // The first 410 after progress is everyday life: list at once.
    if (gone && this.#failures === 1) return;
    const milliseconds = backoff(this.#failures, random());
    this.#enter({ kind: 'waiting', milliseconds, cause: error });
    await sleep(clock, milliseconds, signal);
  }

  async #listByPages(signal: AbortSignal): Promise<void> {
    const { client, sink } = this.#options;
    const { objects, resourceVersion } = await listAll(client, this.#scope, signal);
    if (signal.aborted) return;
    sink.replace(objects, resourceVersion);
    this.#last = resourceVersion;
  }

  /** Fills by a watch that begins with every object, and goes on as that watch. */
  async #listByWatch(signal: AbortSignal): Promise<void> {
    const { client, clock } = this.#options;
    const silence = createSilence(clock, initialEventsSilenceMilliseconds, signal);
    const objects = new Map<string, T>();
    let filled = false;
    try {
      const start = { sendInitialEvents: true, resourceVersionMatch: 'NotOlderThan' } as const;
      for await (const event of this.#watch(start, silence.signal)) {
        if (signal.aborted) return;
        if (filled) {
          this.#tell(event);
          continue;
        }
        silence.heard();
        if (collect(objects, event)) {
          silence.cancel();
          filled = true;
          this.#fill([...objects.values()], versionOf(event.object));
        }
      }
    } finally {
      silence.cancel();
    }
    if (!filled && !signal.aborted) {
      if (silence.broken) this.#streaming = false;
      throw new ClientError('Unreachable', `the initial events of ${client.ref.plural} ended too soon`);
    }
  }

  async #follow(from: string, signal: AbortSignal): Promise<void> {
    const { client, clock } = this.#options;
    const began = clock.now();
    let heard = false;
    this.#enter({ kind: 'watching', resourceVersion: from });
    for await (const event of this.#watch({ resourceVersion: from }, signal)) {
      if (signal.aborted) return;
      this.#tell(event);
      heard = true;
    }
    if (signal.aborted) return;
    if (!heard && clock.now() - began < shortWatchMilliseconds) {
      throw new ClientError('Unreachable', `a watch of ${client.ref.plural} ended at once`);
    }
    this.#failures = 0;
  }

  #watch(
    start: Pick<WatchParameters, 'resourceVersion' | 'resourceVersionMatch' | 'sendInitialEvents'>,
    signal: AbortSignal,
  ): AsyncIterable<ClientWatchEvent<T>> {
    const { client, random } = this.#options;
    return client.watch({
      ...this.#scope,
      ...start,
      allowWatchBookmarks: true,
      timeoutSeconds: Math.floor(minWatchSeconds * (1 + random())),
      signal,
    });
  }

  #fill(objects: readonly T[], resourceVersion: string): void {
    this.#last = resourceVersion;
    this.#options.sink.replace(objects, resourceVersion);
    this.#enter({ kind: 'watching', resourceVersion });
    this.#failures = 0;
  }

  #tell(event: ClientWatchEvent<T>): void {
    if (event.type === 'ERROR') throw errorOf(event);
    const resourceVersion = versionOf(event.object);
    if (event.type !== 'BOOKMARK') {
      this.#options.sink.changed(event.type, event.object);
      this.#failures = 0;
    }
    this.#last = resourceVersion;
    this.#enter({ kind: 'watching', resourceVersion });
  }

  #enter(next: ReflectorState): void {
    this.#state = next;
    this.#options.onState?.(next);
  }
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
