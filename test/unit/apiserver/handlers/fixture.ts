/**
 * The dispatcher over a real embedded store and a real watch cache, without a socket. Time stands still until
 * a test moves it; names and uids are random.
 */
import { setImmediate as turn } from 'node:timers/promises';
import type { Kind } from '../../../../api/kind.ts';
import type { Status } from '../../../../api/meta/status.ts';
import type { KubeList, KubeObject } from '../../../../api/meta/types.ts';
import { type Admission, createAdmissionChain } from '../../../../apiserver/admission/admission.ts';
import type { ApiResponse, Handler, UserInfo } from '../../../../apiserver/exchange.ts';
import { createDispatcher, resourceMap } from '../../../../apiserver/handlers/dispatch.ts';
import type { RequireRight } from '../../../../apiserver/handlers/scope.ts';
import type { WatchMetrics } from '../../../../apiserver/metrics/watch-metrics.ts';
import { systemRandom } from '../../../../apiserver/registry/random.ts';
import { createStoredResource, type StoredResource } from '../../../../apiserver/registry/store.ts';
import { createTableContext } from '../../../../apiserver/registry/table-context.ts';
import { parseRequestInfo } from '../../../../apiserver/request-info.ts';
import { openEmbeddedStorage } from '../../../../apiserver/storage/embedded/store.ts';
import type { Storage } from '../../../../apiserver/storage/storage.ts';
import { createFeed } from '../../../../apiserver/storage/watchcache/feed.ts';
import type { WatchCacheLimits } from '../../../../apiserver/storage/watchcache/limits.ts';
import type { Feed } from '../../../../apiserver/storage/watchcache/types.ts';
import { createManualClock, type ManualClock } from '../../../../client/clock.ts';
import { type TemporaryFolder, temporaryFolder } from '../../../support/temporary-folder.ts';
import { gadgetKind, type Widget, widgetKind } from './widget.ts';

export const startOfTime = Date.parse('2026-01-02T03:04:05.678Z');

/** Moves time on until a promise that waits for it has settled. */
export async function whileTimePasses<T>(clock: ManualClock, promise: Promise<T>): Promise<T> {
  let settled = false;
  const done = promise.finally(() => {
    settled = true;
  });
  while (!settled) {
    await turn();
    clock.advance(100);
  }
  return done;
}

export interface Call {
  readonly body?: unknown;
  readonly headers?: Record<string, string>;
  readonly user?: UserInfo;
  readonly signal?: AbortSignal;
}

export interface Answer {
  readonly code: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
  readonly warnings: readonly string[];
  json<T = unknown>(): T;
  object(): Widget;
  list(): KubeList<Widget>;
  status(): Status;
}

export interface Fixture {
  readonly clock: ManualClock;
  readonly storage: Storage;
  readonly feed: Feed;
  readonly resources: readonly StoredResource[];
  readonly handler: Handler;
  /** e.g. `call('GET', '/apis/example.com/v1/widgets?limit=1')` */
  call(method: string, target: string, call?: Call): Promise<Answer>;
  stream(target: string, call?: Call): Promise<EventStream>;
  stop(): Promise<void>;
}

export interface FixtureOptions {
  readonly kinds?: readonly Kind[];
  readonly admission?: Admission;
  /** Around the storage, for faults. */
  readonly storage?: (storage: Storage) => Storage;
  /** A folder that outlives the fixture: the next one finds its objects. */
  readonly folder?: TemporaryFolder;
  /** Forget all history before the caches load. */
  readonly compacted?: boolean;
  readonly limits?: Partial<WatchCacheLimits>;
  readonly watchMetrics?: WatchMetrics;
  readonly requireRight?: RequireRight;
  /** Leave the caches empty. */
  readonly unready?: boolean;
}

const tester: UserInfo = { name: 'tester', groups: ['system:authenticated'], extra: {} };

export async function startFixture(options: FixtureOptions = {}): Promise<Fixture> {
  const folder = options.folder ?? temporaryFolder('handlers');
  const embedded = await openEmbeddedStorage({ directory: folder.join('store') });
  const storage = options.storage?.(embedded) ?? embedded;
  const clock = createManualClock(startOfTime);
  const feed = createFeed(storage, {
    prefix: '/test',
    clock,
    ...(options.limits === undefined ? {} : { limits: options.limits }),
  });
  const kinds = options.kinds ?? [widgetKind as unknown as Kind, gadgetKind];
  const admission = options.admission ?? createAdmissionChain([]);
  const dependencies = { storage, feed, keyPrefix: '/test', admission, clock, random: systemRandom };
  const resources = kinds.map((kind) => createStoredResource(kind, dependencies));
  if (options.compacted === true) await storage.compact(await storage.currentRevision());
  if (options.unready !== true) await feed.start();
  const caches = new Map(resources.map((r) => [`${r.kind.group}/${r.kind.plural}`, r.cache]));
  const handler = createDispatcher({
    resources: resourceMap(resources),
    clock,
    random: systemRandom,
    tableContext: (kind) =>
      createTableContext(kind, (group, plural) => caches.get(`${group}/${plural}`), clock),
    requireRight: options.requireRight ?? (async () => undefined),
    ...(options.watchMetrics === undefined ? {} : { watchMetrics: options.watchMetrics }),
  });
  const send = async (
    method: string,
    target: string,
    call: Call,
    warnings: string[],
  ): Promise<ApiResponse> => {
    const [path = '', search = ''] = target.split('?', 2);
    const query = new URLSearchParams(search);
    return handler({
      method,
      path,
      query,
      headers: call.headers ?? {},
      body: async () => bodyOf(call.body),
      info: parseRequestInfo({ method, path, query }),
      user: call.user ?? tester,
      signal: call.signal ?? new AbortController().signal,
      warnings,
      auditId: 'audit',
    });
  };
  return {
    clock,
    storage,
    feed,
    resources,
    handler,
    async call(method, target, call = {}) {
      const warnings: string[] = [];
      const response = await send(method, target, call, warnings);
      if (!('body' in response)) throw new Error(`${method} ${target} answered with a stream`);
      const text = Buffer.from(response.body).toString();
      const json = <T>() => JSON.parse(text) as T;
      return {
        ...response,
        text,
        warnings,
        json,
        object: json<Widget>,
        list: json<KubeList<Widget>>,
        status: json<Status>,
      };
    },
    async stream(target, call = {}) {
      const left = new AbortController();
      const response = await send('GET', target, { ...call, signal: left.signal }, []);
      if (!('stream' in response))
        throw new Error(`GET ${target} answered ${Buffer.from(response.body).toString()}`);
      return new EventStream(response, left);
    },
    async stop() {
      await feed.stop();
      await storage.close();
      if (options.folder === undefined) folder.remove();
    },
  };
}

function bodyOf(body: unknown): Uint8Array {
  if (body === undefined) return new Uint8Array();
  return Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
}

export interface WireEvent<T = KubeObject> {
  readonly type: string;
  readonly object: T;
}

/** A watch as its client reads it. */
export class EventStream {
  readonly headers: Readonly<Record<string, string>>;
  readonly code: number;
  readonly #chunks: AsyncIterator<Uint8Array | string>;
  readonly #left: AbortController;
  readonly #events: WireEvent[] = [];

  constructor(response: Extract<ApiResponse, { stream: unknown }>, left: AbortController) {
    this.code = response.code;
    this.headers = response.headers;
    this.#chunks = response.stream[Symbol.asyncIterator]();
    this.#left = left;
  }

  /** The next event; undefined when the stream has ended. */
  async next<T = Widget>(): Promise<WireEvent<T> | undefined> {
    while (this.#events.length === 0) {
      const { done, value } = await this.#chunks.next();
      if (done === true) return undefined;
      const lines = Buffer.from(value).toString().split('\n');
      if (lines.pop() !== '') throw new Error('an event was cut in two');
      for (const line of lines) this.#events.push(JSON.parse(line) as WireEvent);
    }
    return this.#events.shift() as WireEvent<T> | undefined;
  }

  /** The client goes away. */
  leave(): void {
    this.#left.abort();
    void this.#chunks.return?.();
  }
}

export const widgets = '/apis/example.com/v1/namespaces/shop/widgets';
export const allWidgets = '/apis/example.com/v1/widgets';
export const gadgets = '/apis/example.com/v1/gadgets';

export function widget(name: string, spec: Partial<Widget['spec']> = {}, metadata: object = {}): object {
  return { apiVersion: 'example.com/v1', kind: 'Widget', metadata: { name, ...metadata }, spec };
}
