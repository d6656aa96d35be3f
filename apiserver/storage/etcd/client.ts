/**
 * The connection to etcd: package etcd3 for addresses, TLS, passwords and RPC stubs, with its own retries and
 * circuit breakers off. A write whose answer is lost may have happened, so only the caller can retry it.
 */
import { InterceptingCall as Intercepting, type InterceptingCall, type Interceptor } from '@grpc/grpc-js';
import { noop } from 'cockatiel';
import {
  Etcd3,
  type ICompactionRequest,
  type IOptions,
  type IRangeRequest,
  type IRangeResponse,
  type IResponseHeader,
  type ITxnRequest,
  type ITxnResponse,
  type IWatchRequest,
  type IWatchResponse,
} from 'etcd3';
import type { Revision } from '../storage.ts';
import { etcdError } from './errors.ts';

/** Milliseconds for one request, as long as a Kubernetes request may wait for its storage at all. */
const REQUEST_TIMEOUT_MILLISECONDS = 10_000;

/** Milliseconds; a dead connection is noticed after the sum of both. As kube-apiserver's etcd client. */
const KEEPALIVE_MILLISECONDS = 30_000;
const KEEPALIVE_TIMEOUT_MILLISECONDS = 10_000;

/** Bytes. gRPC's 4 MiB would refuse a page of large objects; pages are bounded by their count. As etcd's own client. */
const MAX_RECEIVE_BYTES = 2 ** 31 - 1;

/** etcd releases whose answer to a progress request never overtakes events (etcd-io/etcd issue 15220). */
const TRUSTED_PROGRESS: Readonly<Record<string, number>> = { '3.4': 31, '3.5': 13 };

export interface EtcdTlsFiles {
  /** PEM. */
  readonly ca: Buffer;
  readonly cert?: Buffer;
  readonly key?: Buffer;
}

export interface EtcdConnectionOptions {
  /** `http://host:port` or `https://host:port`; all of one scheme. */
  readonly endpoints: readonly string[];
  /** Unset with https: the system's CAs. */
  readonly tls?: EtcdTlsFiles;
  readonly credentials?: { readonly username: string; readonly password: string };
}

/** The raw duplex of the Watch RPC. */
export interface WatchStream {
  write(request: IWatchRequest): boolean;
  on(event: 'data', listener: (response: IWatchResponse) => void): unknown;
  on(event: 'error', listener: (error: Error) => void): unknown;
  on(event: 'end', listener: () => void): unknown;
  pause(): unknown;
  resume(): unknown;
  cancel(): void;
}

export class EtcdConnection {
  readonly endpoints: readonly string[];
  readonly #requests: Etcd3;
  /** Watches have a TCP connection of their own: one that is read slowly must not hold up requests. */
  readonly #watches: Etcd3;
  #seen = 0 as Revision;

  constructor(options: EtcdConnectionOptions) {
    this.endpoints = options.endpoints;
    this.#requests = new Etcd3(clientOptions(options, {}));
    this.#watches = new Etcd3(clientOptions(options, { 'grpc.use_local_subchannel_pool': 1 }));
  }

  /** The latest revision that any answer of etcd to us has carried. */
  get seen(): Revision {
    return this.#seen;
  }

  range(request: IRangeRequest): Promise<IRangeResponse> {
    return this.#call((client) => client.kv.range(request));
  }

  txn(request: ITxnRequest): Promise<ITxnResponse> {
    return this.#call((client) => client.kv.txn(request));
  }

  async compact(request: ICompactionRequest): Promise<void> {
    await this.#call((client) => client.kv.compact(request));
  }

  /** Whether a progress answer means that every event before it has been sent. */
  async trustsProgress(): Promise<boolean> {
    const { version } = await this.#call((client) => client.maintenance.status());
    return hasTrustedProgress(version);
  }

  /** @throws StorageError `Unavailable` */
  async openWatch(): Promise<WatchStream> {
    try {
      const stream = await this.#watches.watchClient.watch({ interceptors: [requireLeader] });
      return stream as unknown as WatchStream;
    } catch (error) {
      throw etcdError(error, this.endpoints);
    }
  }

  close(): void {
    this.#requests.close();
    this.#watches.close();
  }

  async #call<T extends { readonly header: IResponseHeader }>(
    send: (client: Etcd3) => Promise<T>,
  ): Promise<T> {
    try {
      const response = await send(this.#requests);
      const revision = Number(response.header.revision);
      if (revision > this.#seen) this.#seen = revision as Revision;
      return response;
    } catch (error) {
      throw etcdError(error, this.endpoints);
    }
  }
}

export function hasTrustedProgress(version: string): boolean {
  const [major = 0, minor = 0, patch = 0] = version.split(/[.-]/).map(Number);
  const since = TRUSTED_PROGRESS[`${major}.${minor}`];
  return since === undefined ? major > 3 || (major === 3 && minor >= 6) : patch >= since;
}

function clientOptions(options: EtcdConnectionOptions, channel: Record<string, number>): IOptions {
  const { endpoints, tls, credentials } = options;
  const deadline = (): { deadline: number } => ({ deadline: Date.now() + REQUEST_TIMEOUT_MILLISECONDS });
  return {
    hosts: [...endpoints],
    ...(tls === undefined ? {} : { credentials: tlsCredentials(tls) }),
    ...(credentials === undefined ? {} : { auth: { ...credentials, callOptions: deadline } }),
    defaultCallOptions: (context) => (context.isStream ? {} : deadline()),
    faultHandling: { host: () => noop, global: noop },
    grpcOptions: {
      'grpc.max_receive_message_length': MAX_RECEIVE_BYTES,
      'grpc.max_send_message_length': MAX_RECEIVE_BYTES,
      'grpc.keepalive_time_ms': KEEPALIVE_MILLISECONDS,
      'grpc.keepalive_timeout_ms': KEEPALIVE_TIMEOUT_MILLISECONDS,
      ...channel,
    },
  };
}

function tlsCredentials(tls: EtcdTlsFiles): NonNullable<IOptions['credentials']> {
  return {
    rootCertificate: tls.ca,
    ...(tls.key === undefined ? {} : { privateKey: tls.key }),
    ...(tls.cert === undefined ? {} : { certChain: tls.cert }),
  };
}

/** A member that has lost its leader ends the stream instead of staying silent (etcd clientv3.WithRequireLeader). */
const requireLeader: Interceptor = (options, nextCall): InterceptingCall =>
  new Intercepting(nextCall(options), {
    start(metadata, listener, next) {
      metadata.set('hasleader', 'true');
      next(metadata, listener);
    },
  });
