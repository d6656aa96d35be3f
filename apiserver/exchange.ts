/**
 * A request and its answer without a socket. `http/` builds the request from node:http(2) and writes the
 * answer; everything between is tested by calling it with these values.
 */
import type { RequestInfo } from './request-info.ts';

export interface UserInfo {
  readonly name: string;
  readonly uid?: string;
  readonly groups: readonly string[];
  readonly extra: Readonly<Record<string, readonly string[]>>;
}

export interface ApiRequest {
  /** Upper case. */
  readonly method: string;
  /** Decoded no further than the URL parser does. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** Lower-case names; repeated headers joined with ', '. Identity headers were read from the raw list before. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** Reads the body once; throws ApiError RequestEntityTooLarge above the limit of 3 MiB. */
  readonly body: () => Promise<Uint8Array>;
  readonly info: RequestInfo;
  readonly user: UserInfo;
  /** Aborted when the client went away or the deadline passed. */
  readonly signal: AbortSignal;
  /** Texts that become Warning headers, in order; handlers push. */
  readonly warnings: string[];
  readonly auditId: string;
}

/** Header names in lower case. A stream has no content-length and ends when the iterator does. */
export type ApiResponse =
  | {
      readonly code: number;
      readonly headers: Readonly<Record<string, string>>;
      readonly body: Uint8Array | string;
    }
  | {
      readonly code: number;
      readonly headers: Readonly<Record<string, string>>;
      readonly stream: AsyncIterable<Uint8Array | string>;
    };

export type Handler = (request: ApiRequest) => Promise<ApiResponse>;

/** Whether a user may do something; SubjectAccessReview behind it in a cluster, groups only in standalone. */
export interface Authorizer {
  authorize(attributes: AuthorizationAttributes): Promise<AuthorizationDecision>;
}

export interface AuthorizationAttributes {
  readonly user: UserInfo;
  /** Kubernetes verb for resources, lower-case HTTP method for paths. */
  readonly verb: string;
  readonly resource?: {
    readonly group: string;
    readonly version: string;
    readonly resource: string;
    readonly subresource: string;
    readonly namespace: string;
    readonly name: string;
    /** As sent, for list, watch and deletecollection. */
    readonly fieldSelector?: string;
    readonly labelSelector?: string;
  };
  /** Set for non-resource requests. */
  readonly path?: string;
}

export interface AuthorizationDecision {
  readonly allowed: boolean;
  readonly reason: string;
}
