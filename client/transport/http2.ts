/**
 * HTTP/2 over one connection: every request and watch is a stream of it.
 *
 *   idle ──request──► connecting ──► open ──GOAWAY / error / ping unanswered──► (streams finish or fail)
 *     ▲                                                                              │
 *     └────────────────────────────── next request connects anew ◄───────────────────┘
 *
 * A peer that vanished without a word is found by PING (client-go does the same: 30 s and 15 s).
 */
import http2 from 'node:http2';
import type { Duplex } from 'node:stream';
import { ClientError } from '../errors.ts';
import type { Transport, TransportRequest, TransportResponse } from './transport.ts';

const pingIntervalMilliseconds = 30_000;
const pingTimeoutMilliseconds = 15_000;
/** Bytes a stream may send ahead of us: a 13 MB list must not wait for a window update each 64 KiB. */
const streamWindowBytes = 4 * 1024 * 1024;
const sessionWindowBytes = 16 * 1024 * 1024;

export interface Http2TransportOptions {
  /** Opens a connection that has negotiated h2. */
  readonly connect: () => Promise<Duplex>;
  readonly authority: string;
}

export function createHttp2Transport(options: Http2TransportOptions): Transport {
  let session: Promise<http2.ClientHttp2Session> | undefined;
  let closed = false;

  async function open(): Promise<http2.ClientHttp2Session> {
    const socket = await options.connect();
    if (closed) {
      socket.destroy();
      throw new ClientError('Aborted', 'the client is closed', { unsent: true });
    }
    const made = http2.connect(options.authority, {
      createConnection: () => socket,
      settings: { initialWindowSize: streamWindowBytes, enablePush: false },
    });
    made.setLocalWindowSize(sessionWindowBytes);
    const forget = (): void => {
      if (session === opening) session = undefined;
    };
    made.on('error', forget);
    made.on('goaway', forget);
    made.on('close', forget);
    keepWatch(made);
    return made;
  }

  let opening: Promise<http2.ClientHttp2Session> | undefined;
  function current(): Promise<http2.ClientHttp2Session> {
    if (session !== undefined) return session;
    const attempt = open();
    opening = attempt;
    session = attempt;
    attempt.catch(() => {
      if (session === attempt) session = undefined;
    });
    return attempt;
  }

  async function send(request: TransportRequest): Promise<TransportResponse> {
    if (closed) throw new ClientError('Aborted', 'the client is closed', { unsent: true });
    let live = await current();
    if (live.closed || live.destroyed) {
      session = undefined;
      live = await current();
    }
    return exchange(live, options.authority, request);
  }

  return {
    send,
    retire() {
      session?.then(
        (live) => live.close(),
        () => undefined,
      );
    },
    close() {
      closed = true;
      session?.then(
        (live) => live.destroy(),
        () => undefined,
      );
    },
  };
}

function keepWatch(session: http2.ClientHttp2Session): void {
  const interval = setInterval(() => {
    if (session.destroyed) return;
    const deadline = setTimeout(
      () => session.destroy(new ClientError('Unreachable', 'the server stopped answering pings')),
      pingTimeoutMilliseconds,
    );
    deadline.unref();
    try {
      session.ping(() => clearTimeout(deadline));
    } catch {
      clearTimeout(deadline); // it is closing: its streams learn that by themselves
    }
  }, pingIntervalMilliseconds);
  interval.unref();
  session.on('close', () => clearInterval(interval));
}

function exchange(
  session: http2.ClientHttp2Session,
  authority: string,
  request: TransportRequest,
): Promise<TransportResponse> {
  return new Promise((resolve, reject) => {
    if (request.signal?.aborted === true) {
      reject(new ClientError('Aborted', 'the request was cancelled', { unsent: true }));
      return;
    }
    let stream: http2.ClientHttp2Stream;
    try {
      stream = session.request(
        {
          ...request.headers,
          ':method': request.method,
          ':path': request.path,
          ':authority': new URL(authority).host,
        },
        { endStream: request.body === undefined },
      );
    } catch (error) {
      reject(new ClientError('Unreachable', 'the connection is closing', { cause: error, unsent: true }));
      return;
    }
    const abort = (): void => stream.close(http2.constants.NGHTTP2_CANCEL);
    request.signal?.addEventListener('abort', abort, { once: true });
    let answered = false;
    let failure: Error | undefined;
    stream.on('response', (headers) => {
      answered = true;
      const { ':status': status, ...rest } = headers;
      resolve({
        status: Number(status ?? 0),
        headers: rest as TransportResponse['headers'],
        body: bodyOf(stream),
      });
    });
    stream.on('error', (error) => {
      failure = error;
    });
    stream.on('close', () => {
      request.signal?.removeEventListener('abort', abort);
      if (answered) return;
      if (request.signal?.aborted === true) {
        reject(new ClientError('Aborted', 'the request was cancelled'));
        return;
      }
      const refused = stream.rstCode === http2.constants.NGHTTP2_REFUSED_STREAM;
      reject(
        new ClientError('Unreachable', failure?.message ?? 'the server closed the connection', {
          cause: failure,
          unsent: refused,
        }),
      );
    });
    if (request.body !== undefined) stream.end(request.body);
  });
}

/** A reset after the head must not look like the end of the body. */
function bodyOf(stream: http2.ClientHttp2Stream): TransportResponse['body'] {
  return {
    destroy: () => stream.close(http2.constants.NGHTTP2_CANCEL),
    async *[Symbol.asyncIterator]() {
      for await (const chunk of stream) yield chunk as Uint8Array;
      if (stream.rstCode !== http2.constants.NGHTTP2_NO_ERROR || stream.aborted) {
        throw new ClientError('Unreachable', 'the connection was cut in the middle of an answer');
      }
    },
  };
}
