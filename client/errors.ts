/**
 * What goes wrong between us and a server before there is a Status: configuration, network, TLS.
 * The message is one line for an operator: what failed, where, what to do.
 */

export type ClientErrorCode =
  /** The kubeconfig or a file it names is missing or wrong. */
  | 'Config'
  /** No connection: refused, no route, no such host, cut. */
  | 'Unreachable'
  /** The certificate of either side was not accepted. */
  | 'Tls'
  /** No answer within the limit. */
  | 'Timeout'
  /** What came back is not what a Kubernetes API sends. */
  | 'Protocol'
  /** The caller's signal ended the request. */
  | 'Aborted';

export class ClientError extends Error {
  override readonly name = 'ClientError';
  readonly code: ClientErrorCode;
  /** True where the request certainly never reached a handler, so any verb may be sent again. */
  readonly unsent: boolean;

  constructor(
    code: ClientErrorCode,
    message: string,
    options: { readonly cause?: unknown; readonly unsent?: boolean } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.unsent = options.unsent ?? false;
  }
}

/** The `code` of a Node.js system, TLS or HTTP/2 error, '' where there is none. */
export function systemCode(error: unknown): string {
  if (typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string') {
    return error.code;
  }
  return '';
}

const hints: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused: is the API server running, and is this its address?',
  ENOTFOUND: 'no such host: check the server address in the kubeconfig',
  EAI_AGAIN: 'the host name could not be resolved: check DNS',
  ETIMEDOUT: 'the connection timed out: check the network and firewalls',
  EHOSTUNREACH: 'no route to the host: check the network',
  ENETUNREACH: 'no route to the network',
  ECONNRESET: 'the connection was reset',
  EPIPE: 'the connection was closed',
};

const tlsHints: Readonly<Record<string, string>> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is self-signed: set certificate-authority in the kubeconfig',
  SELF_SIGNED_CERT_IN_CHAIN:
    'its certificate is signed by another CA than the kubeconfig names: check certificate-authority',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    'its certificate is not signed by the CA that the kubeconfig names: check certificate-authority',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    'its certificate is not signed by the CA that the kubeconfig names: check certificate-authority',
  CERT_SIGNATURE_FAILURE:
    'its certificate is not signed by the CA that the kubeconfig names: check certificate-authority',
  CERT_HAS_EXPIRED: 'its certificate has expired',
  CERT_NOT_YET_VALID: 'its certificate is not valid yet: check the clocks',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another name: check the server address',
};

/**
 * One line out of whatever a socket, TLS or HTTP/2 layer threw.
 * @param unsent the request cannot have reached the server
 */
export function connectionError(server: string, cause: unknown, unsent = false): ClientError {
  if (cause instanceof ClientError) return cause;
  const code = systemCode(cause);
  const tlsHint = tlsHints[code];
  if (tlsHint !== undefined) {
    return new ClientError('Tls', `cannot trust ${server}: ${tlsHint} (${code})`, { cause, unsent: true });
  }
  if (code.startsWith('ERR_SSL') || code.startsWith('ERR_OSSL') || code === 'EPROTO') {
    const text = cause instanceof Error ? firstLine(cause.message) : code;
    return new ClientError('Tls', `TLS with ${server} failed: ${text}`, { cause, unsent: true });
  }
  const text = hints[code] ?? (cause instanceof Error ? firstLine(cause.message) : String(cause));
  const connecting = code === 'ECONNREFUSED' || code === 'ENOTFOUND' || code === 'EAI_AGAIN';
  return new ClientError('Unreachable', `cannot reach ${server}: ${text}`, {
    cause,
    unsent: unsent || connecting,
  });
}

const firstLine = (text: string): string => text.split('\n', 1)[0] ?? '';
