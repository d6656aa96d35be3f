/**
 * The seam between handlers and what is behind a resource: a stored kind (`registry/store.ts` over the watch
 * cache and the storage) or a computed one (`computed/endpoint-subsets.ts`). Handlers know only this.
 */
import type { Kind } from '../../api/kind.ts';
import type { FieldRequirements, LabelRequirements } from '../../api/meta/selectors.ts';
import type { Status } from '../../api/meta/status.ts';
import type { KubeObject, ResourceVersion, Uid } from '../../api/meta/types.ts';
import type { UserInfo } from '../exchange.ts';

/** An object as read: its encoded JSON (resourceVersion, kind and apiVersion included), and decoded on demand. */
export interface ObjectView {
  readonly json: Uint8Array;
  /** Shared and frozen by agreement: whoever wants to change it clones first. */
  object(): KubeObject;
}

export interface RequestContext {
  readonly user: UserInfo;
  /** The request's Kubernetes verb, where it says more than the method called here (patch, deletecollection). */
  readonly verb?: string;
  readonly signal: AbortSignal;
  /** Texts for Warning headers. */
  readonly warnings: string[];
}

export interface Selection {
  /** Unset: every namespace (or a cluster-scoped kind). */
  readonly namespace: string | undefined;
  readonly labels: LabelRequirements;
  readonly fields: FieldRequirements;
}

/** '' is unset: the most recent. Values are checked by the handlers; see conformance §7 for the matrix. */
export interface ListOptions extends Selection {
  /** 0: no limit. */
  readonly limit: number;
  readonly continueToken: string;
  readonly resourceVersion: string;
  readonly resourceVersionMatch: '' | 'Exact' | 'NotOlderThan';
}

export interface ListResult {
  readonly items: readonly ObjectView[];
  readonly resourceVersion: ResourceVersion;
  readonly continueToken?: string;
  readonly remainingItemCount?: number;
}

export interface WatchOptions extends Selection {
  readonly resourceVersion: string;
  readonly allowBookmarks: boolean;
  /** true: ADDED for each object, then a bookmark that says so; false: none; undefined: as resourceVersion implies. */
  readonly sendInitialEvents: boolean | undefined;
  /** The watch ends cleanly after this long. */
  readonly timeoutMilliseconds: number;
}

export type WatchEvent =
  | { readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'; readonly view: ObjectView }
  | {
      readonly type: 'BOOKMARK';
      readonly resourceVersion: ResourceVersion;
      readonly initialEventsEnd: boolean;
    }
  | { readonly type: 'ERROR'; readonly status: Status };

export interface Reader {
  /** @throws ApiError NotFound, and Timeout for a version from the future */
  get(context: RequestContext, namespace: string, name: string, resourceVersion: string): Promise<ObjectView>;
  list(context: RequestContext, options: ListOptions): Promise<ListResult>;
  /** Rejects only before the first byte (bad options, not ready); afterwards failures are ERROR events. Ends on signal. */
  watch(context: RequestContext, options: WatchOptions): Promise<AsyncIterable<readonly WatchEvent[]>>;
}

export interface WriteOptions {
  readonly dryRun: boolean;
  /** Manager name for managedFields. */
  readonly fieldManager: string;
  /** The object comes from an apply: its managedFields are the outcome, not a client's. */
  readonly isApplied?: true;
}

export interface Preconditions {
  readonly uid?: Uid | string;
  readonly resourceVersion?: string;
}

export interface DeleteOptions {
  readonly dryRun: boolean;
  readonly preconditions: Preconditions;
  readonly propagationPolicy: 'Orphan' | 'Background' | 'Foreground' | undefined;
  readonly gracePeriodSeconds: number | undefined;
}

/** What a PUT or PATCH wants, given the object as it is now (undefined: it does not exist). Called again on every write race. */
export type Transform = (current: KubeObject | undefined) => Promise<KubeObject>;

export interface Writer {
  create(
    context: RequestContext,
    namespace: string,
    object: KubeObject,
    options: WriteOptions,
  ): Promise<ObjectView>;
  /**
   * Read, transform, default, validate, store under the version read. The transformed object's
   * resourceVersion, where set, must be the current one (Conflict); `requireVersion`: it must be set (PUT).
   */
  update(
    context: RequestContext,
    namespace: string,
    name: string,
    transform: Transform,
    options: WriteOptions & { readonly subresource: '' | 'status'; readonly requireVersion: boolean },
  ): Promise<ObjectView>;
  /** `deleted: false`: finalizers hold it, `view` is the object as it is now. */
  delete(
    context: RequestContext,
    namespace: string,
    name: string,
    options: DeleteOptions,
  ): Promise<{ readonly deleted: boolean; readonly view: ObjectView }>;
}

export interface Resource {
  readonly kind: Kind;
  readonly reader: Reader;
  /** Absent for computed kinds: every write answers 405. */
  readonly writer?: Writer;
}
