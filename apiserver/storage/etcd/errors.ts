/** What etcd and gRPC say, in the storage layer's words: one line, with what was tried and what to do. */
import { StorageError, type StorageErrorCode } from '../errors.ts';

interface Rule {
  readonly pattern: RegExp;
  readonly code: StorageErrorCode;
  /** What follows the endpoints in the message. */
  readonly says: string;
}

/** First match wins. Texts: etcd api/v3rpc/rpctypes/error.go, grpc-js, Node's TLS and socket errors. */
const RULES: readonly Rule[] = [
  { pattern: /required revision has been compacted/, code: 'Compacted', says: 'has compacted that revision' },
  {
    pattern: /required revision is a future revision/,
    code: 'FutureRevision',
    says: 'has not reached that revision',
  },
  {
    pattern: /request is too large|Attempted to send message with a size larger/,
    code: 'TooLarge',
    says: 'takes no request of that size',
  },
  {
    pattern: /database space exceeded/,
    code: 'Unavailable',
    says: 'has used up its space quota: compact and defragment it, then disarm the NOSPACE alarm',
  },
  {
    pattern: /authentication failed|user name is empty|invalid auth token|authentication is not enabled/,
    code: 'Unavailable',
    says: 'does not accept the user name or password: check the etcd credentials',
  },
  {
    pattern: /permission denied/,
    code: 'Unavailable',
    says: 'does not let this user read and write under the prefix: grant its role readwrite on it',
  },
  {
    pattern: /ERR_TLS_CERT_ALTNAME|altnames/i,
    code: 'Unavailable',
    says: 'shows a certificate for another host name: use an endpoint that the certificate names',
  },
  {
    pattern: /self[- ]signed certificate|unable to (get|verify)|CERT_|certificate has expired|not yet valid/i,
    code: 'Unavailable',
    says: 'shows a certificate that the CA given for etcd has not signed, or that is not valid now: check the etcd CA file',
  },
  {
    pattern:
      /alert (bad certificate|certificate required|unknown ca|handshake failure|certificate unknown|internal error)|bad certificate|ERR_SSL_TLSV1/i,
    code: 'Unavailable',
    says: 'refuses the TLS handshake: check the client certificate and key for etcd',
  },
  {
    pattern: /wrong version number|packet length too long|before secure TLS connection|ERR_SSL_/i,
    code: 'Unavailable',
    says: 'does not speak TLS: use an http:// endpoint, or turn TLS on in etcd',
  },
  {
    pattern: /ECONNREFUSED/,
    code: 'Unavailable',
    says: 'refuses the connection: check that etcd runs and listens there',
  },
  {
    pattern: /ENOTFOUND|EAI_AGAIN|Name resolution failed/,
    code: 'Unavailable',
    says: 'cannot be resolved: check the host name',
  },
  {
    pattern: /EHOSTUNREACH|ENETUNREACH|ETIMEDOUT/,
    code: 'Unavailable',
    says: 'cannot be reached over the network: check routes and firewalls',
  },
  {
    pattern: /DEADLINE_EXCEEDED|Deadline exceeded|request timed out|no leader|leader changed/i,
    code: 'Unavailable',
    says: 'does not answer in time: check its health and that a majority of its members is up',
  },
  {
    pattern: /ECONNRESET|socket hang up|Connection dropped|Failed to connect|GOAWAY|EPIPE|closed|stream/i,
    code: 'Unavailable',
    says: 'closed the connection: check its log; an https-only etcd does this to http:// endpoints',
  },
];

export function etcdError(error: unknown, endpoints: readonly string[]): StorageError {
  if (error instanceof StorageError) return error;
  const reason = oneLine(error);
  const rule = RULES.find(({ pattern }) => pattern.test(reason));
  const where = `etcd at ${endpoints.join(', ')}`;
  const says = rule?.says ?? 'failed: check its health and its log';
  return new StorageError(rule?.code ?? 'Unavailable', `${where} ${says} (${reason})`, { cause: error });
}

/** The innermost reason, without etcd3's class names and gRPC's status in front of it. */
function oneLine(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text
    .split('\n', 1)
    .join('')
    .replace(/^\w+Error: /, '')
    .replace(/^\d+ ([A-Z_]+): /, '$1: ')
    .replace(/No connection established\. Last error: (Error: )?/, '')
    .replace(/\.? Resolution note:.*$/, '')
    .trim();
}
