/**
 * The client as controllers see it: verbs over one API server, typed by the caller. Implemented in
 * `client/client.ts` (HTTP) and, for tests of faults only, by fakes.
 */
import type { KubeList, KubeObject, WatchEventType } from '../api/meta/types.ts';

/** Which resource: group '' is core. */
export interface ResourceRef {
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly kind: string;
  readonly namespaced: boolean;
}

export interface ListParameters {
  readonly namespace?: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  readonly limit?: number;
  readonly continue?: string;
  readonly resourceVersion?: string;
  readonly resourceVersionMatch?: 'Exact' | 'NotOlderThan';
}

export interface WatchParameters {
  readonly namespace?: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  readonly resourceVersion?: string;
  readonly allowWatchBookmarks?: boolean;
  readonly timeoutSeconds?: number;
  /** true: ADDED for each object first, then a BOOKMARK annotated `k8s.io/initial-events-end`. */
  readonly sendInitialEvents?: boolean;
  readonly resourceVersionMatch?: 'NotOlderThan';
  readonly signal: AbortSignal;
}

export interface ClientWatchEvent<T extends KubeObject = KubeObject> {
  readonly type: WatchEventType;
  /** For ERROR a Status, for BOOKMARK an object with nothing but a resourceVersion. */
  readonly object: T;
}

export type PatchType = 'json' | 'merge' | 'strategic' | 'apply';

export interface DeleteParameters {
  readonly preconditions?: { readonly uid?: string; readonly resourceVersion?: string };
  readonly propagationPolicy?: 'Orphan' | 'Background' | 'Foreground';
}

export interface PatchParameters {
  readonly subresource?: 'status';
  readonly fieldManager?: string;
  readonly force?: boolean;
}

/** Every method throws ApiError with the server's Status, or ClientError (unreachable, TLS, …) otherwise. */
export interface ResourceClient<T extends KubeObject = KubeObject> {
  readonly ref: ResourceRef;
  get(namespace: string | undefined, name: string): Promise<T>;
  list(parameters?: ListParameters): Promise<KubeList<T>>;
  watch(parameters: WatchParameters): AsyncIterable<ClientWatchEvent<T>>;
  create(object: T, options?: { dryRun?: boolean }): Promise<T>;
  update(object: T): Promise<T>;
  updateStatus(object: T): Promise<T>;
  patch(
    namespace: string | undefined,
    name: string,
    type: PatchType,
    patch: unknown,
    options?: PatchParameters,
  ): Promise<T>;
  delete(namespace: string | undefined, name: string, options?: DeleteParameters): Promise<void>;
  deleteCollection(parameters?: ListParameters): Promise<void>;
}

export interface ApiClient {
  resource<T extends KubeObject>(ref: ResourceRef): ResourceClient<T>;
  /** A raw request; body and answer are JSON values. For discovery, reviews and health. */
  request(
    method: string,
    path: string,
    options?: { query?: Record<string, string>; body?: unknown; contentType?: string; signal?: AbortSignal },
  ): Promise<unknown>;
  close(): Promise<void>;
}
