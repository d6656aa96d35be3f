/** One request over the wire, whichever HTTP version carries it. */

export interface TransportRequest {
  readonly method: string;
  /** Path with query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array | undefined;
  readonly signal: AbortSignal | undefined;
}

export interface TransportResponse {
  readonly status: number;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** Ends normally only when the server ended the body; a cut connection throws. */
  readonly body: AsyncIterable<Uint8Array> & { destroy(): void };
}

export interface Transport {
  /**
   * Resolves at the head of the answer.
   * @throws whatever the layer below throws, ClientError Aborted, or ClientError with `unsent`
   */
  send(request: TransportRequest): Promise<TransportResponse>;
  /** Takes no new requests; those under way finish. */
  retire(): void;
  /** Ends everything at once. */
  close(): void;
}
