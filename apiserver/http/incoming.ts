/** A request as it came off the wire and the way to answer it, whichever protocol carried it. */
import type { PeerCertificates } from '../auth/authenticator.ts';
import type { ApiResponse } from '../exchange.ts';

export type Protocol = 'h2' | 'http/1.1';

export interface Incoming {
  readonly protocol: Protocol;
  readonly method: string;
  /** Path and query, as sent. */
  readonly target: string;
  /** Name, value, name, value, … as sent. */
  readonly rawHeaders: readonly string[];
  readonly peer: PeerCertificates | undefined;
  readonly remoteAddress: string;
  /** Aborted when the client is gone. */
  readonly disconnected: AbortSignal;
  /** Reads the body once. @throws ApiError RequestEntityTooLarge beyond `limit` bytes */
  readBody(limit: number, signal: AbortSignal): Promise<Uint8Array>;
}

/** An answer ready to be written. */
export interface Reply {
  readonly response: ApiResponse;
  /** Values of Warning headers, one header each. */
  readonly warnings: readonly string[];
  /** Ends writing of a stream. */
  readonly signal: AbortSignal;
  /** False for watches, whose events must not wait for a block to fill. */
  readonly compressible: boolean;
  /** Close the connection after this answer: GOAWAY on h2. */
  readonly closeConnection: boolean;
}

/** @returns bytes of the body written; resolves when the last is handed to the socket or the client is gone */
export type ReplyWriter = (reply: Reply) => Promise<number>;

export type Server = (incoming: Incoming, write: ReplyWriter) => Promise<void>;
