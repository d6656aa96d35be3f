/**
 * What a path asks for (upstream: apiserver `pkg/endpoints/request/requestinfo.go`). Pure.
 */

export interface RequestInfo {
  readonly isResource: boolean;
  readonly path: string;
  /**
   * get, list, watch, create, update, patch, delete or deletecollection for resources; the lower-case HTTP
   * method otherwise.
   */
  readonly verb: string;
  readonly group: string;
  readonly version: string;
  /** '' for cluster scope and for lists over all namespaces. */
  readonly namespace: string;
  /** The plural. */
  readonly resource: string;
  readonly subresource: string;
  /** '' for collections, unless a single `metadata.name=` field selector names it. */
  readonly name: string;
  /** Path segments from the resource on, as split: `[resource, name?, subresource?, …]`. */
  readonly parts: readonly string[];
}
