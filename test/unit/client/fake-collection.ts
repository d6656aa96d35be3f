/**
 * One collection with its whole history in memory, and faults on demand: what a reflector may meet, without
 * a network. Times and faults are the test's to choose.
 */
import { ApiError, expired } from '../../../api/meta/api-error.ts';
import type { KubeObject } from '../../../api/meta/types.ts';
import { ClientError } from '../../../client/errors.ts';
import type {
  ClientWatchEvent,
  ListParameters,
  ResourceClient,
  WatchParameters,
} from '../../../client/types.ts';

interface HistoryEvent {
  readonly version: number;
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly object: KubeObject;
}

interface OpenWatch {
  /** Wakes the watch to look at the history or its end. */
  wake: () => void;
  end: 'open' | 'clean' | 'cut' | 'expired';
}

export interface FakeCollection {
  readonly client: ResourceClient;
  put(name: string): void;
  remove(name: string): void;
  /** name → resourceVersion */
  state(): Record<string, string>;
  /** Ends every open watch so. */
  endWatches(how: 'clean' | 'cut' | 'expired'): void;
  bookmark(): void;
  /** Forgets history up to now: watches from before are 410. */
  compact(): void;
  failNextList(error: unknown): void;
  readonly lists: number;
  readonly watches: number;
}

export function createFakeCollection(options: { readonly watchList: boolean }): FakeCollection {
  const objects = new Map<string, KubeObject>();
  const history: HistoryEvent[] = [];
  const open = new Set<OpenWatch>();
  const listErrors: unknown[] = [];
  let version = 1;
  let compacted = 0;
  let bookmarked = 0;
  let lists = 0;
  let watches = 0;

  const wakeAll = (): void => {
    for (const watch of open) watch.wake();
  };
  const record = (type: HistoryEvent['type'], object: KubeObject): void => {
    history.push({ version, type, object });
    wakeAll();
  };
  const make = (name: string, uid: string): KubeObject => ({
    apiVersion: 'v1',
    kind: 'Thing',
    metadata: { name, namespace: 'n', uid, resourceVersion: String(version) },
  });

  async function* watch(parameters: WatchParameters): AsyncGenerator<ClientWatchEvent, void, void> {
    watches += 1;
    const me: OpenWatch = { wake: () => undefined, end: 'open' };
    let told = Number(parameters.resourceVersion ?? version);
    let bookmarkTold = bookmarked;
    if (parameters.sendInitialEvents === true) {
      if (!options.watchList) throw new ApiError('Invalid', 'sendInitialEvents is forbidden');
      told = version;
      const snapshot = [...objects.values()];
      for (const object of snapshot) yield { type: 'ADDED', object };
      yield { type: 'BOOKMARK', object: bookmarkAt(told, true) };
    }
    if (told < compacted) {
      yield { type: 'ERROR', object: expired('too old').status as unknown as KubeObject };
      return;
    }
    open.add(me);
    const stop = (): void => me.wake();
    parameters.signal.addEventListener('abort', stop);
    try {
      while (!parameters.signal.aborted) {
        // What was not told before the end is for the next watch to tell.
        if (me.end === 'clean') return;
        if (me.end === 'cut') throw new ClientError('Unreachable', 'cut');
        if (me.end === 'expired') {
          yield { type: 'ERROR', object: expired('too old').status as unknown as KubeObject };
          return;
        }
        const event = history.find((e) => e.version > told);
        if (event !== undefined) {
          told = event.version;
          yield { type: event.type, object: event.object };
          continue;
        }
        if (bookmarkTold !== bookmarked) {
          bookmarkTold = bookmarked;
          told = Math.max(told, version);
          yield { type: 'BOOKMARK', object: bookmarkAt(told, false) };
          continue;
        }
        await new Promise<void>((resolve) => {
          me.wake = resolve;
        });
      }
    } finally {
      open.delete(me);
      parameters.signal.removeEventListener('abort', stop);
    }
  }

  const unused = (): Promise<never> => Promise.reject(new Error('not part of this test'));
  const client: ResourceClient = {
    ref: { group: '', version: 'v1', plural: 'things', kind: 'Thing', namespaced: true },
    async list(parameters: ListParameters = {}) {
      lists += 1;
      const error = listErrors.shift();
      if (error !== undefined) throw error;
      const all = [...objects.values()];
      const from = parameters.continue === undefined ? 0 : Number(parameters.continue.split('@')[0]);
      const at = parameters.continue === undefined ? version : Number(parameters.continue.split('@')[1]);
      if (at !== version) throw expired('the continue token is too old');
      const to = parameters.limit === undefined ? all.length : from + Math.min(parameters.limit, 3);
      await Promise.resolve();
      return {
        apiVersion: 'v1',
        kind: 'ThingList',
        metadata: { resourceVersion: String(at), ...(to < all.length ? { continue: `${to}@${at}` } : {}) },
        items: all.slice(from, to),
      };
    },
    watch,
    get: unused,
    create: unused,
    update: unused,
    updateStatus: unused,
    patch: unused,
    delete: unused,
    deleteCollection: unused,
  } as unknown as ResourceClient;

  return {
    client,
    put(name) {
      version += 1;
      const before = objects.get(name);
      const object = make(name, before?.metadata.uid ?? `uid-${version}`);
      objects.set(name, object);
      record(before === undefined ? 'ADDED' : 'MODIFIED', object);
    },
    remove(name) {
      const before = objects.get(name);
      if (before === undefined) return;
      version += 1;
      objects.delete(name);
      record('DELETED', { ...before, metadata: { ...before.metadata, resourceVersion: String(version) } });
    },
    state: () => Object.fromEntries([...objects].map(([n, o]) => [n, o.metadata.resourceVersion ?? ''])),
    endWatches(how) {
      for (const watch of open) {
        watch.end = how;
        watch.wake();
      }
    },
    bookmark() {
      bookmarked += 1;
      wakeAll();
    },
    compact() {
      compacted = version;
    },
    failNextList(error) {
      listErrors.push(error);
    },
    get lists() {
      return lists;
    },
    get watches() {
      return watches;
    },
  };
}

function bookmarkAt(version: number, initialEventsEnd: boolean): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Thing',
    metadata: {
      resourceVersion: String(version),
      ...(initialEventsEnd ? { annotations: { 'k8s.io/initial-events-end': 'true' } } : {}),
    },
  };
}

/** Lets everything that waits for nothing but promises run. */
export async function settle(): Promise<void> {
  for (let i = 0; i < 3; i++) await new Promise<void>((resolve) => setImmediate(resolve));
}
