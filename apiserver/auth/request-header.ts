/**
 * Identity that a front proxy (kube-apiserver's aggregator) vouches for in headers. Trusted only when the
 * connection's client certificate is signed by the request-header CA and its name is allowed; headers from
 * anybody else are ignored (upstream: apiserver `pkg/authentication/request/headerrequest/requestheader.go`).
 */
import { headerValues, prefixedHeaders } from '../headers.ts';
import { type Authenticator, absent, refused } from './authenticator.ts';
import { type CertificateBundle, subjectOf, verifyClientChain } from './certificate-chain.ts';

export interface RequestHeaderSettings {
  readonly ca: CertificateBundle;
  /** Common names of proxies; empty: any name under the CA. */
  readonly allowedNames: readonly string[];
  readonly usernameHeaders: readonly string[];
  readonly groupHeaders: readonly string[];
  /** Empty: no uid is taken from headers, because a proxy that does not know them lets a client's pass. */
  readonly uidHeaders: readonly string[];
  readonly extraHeaderPrefixes: readonly string[];
}

export interface RequestHeaderOptions {
  /** Asked on every request; undefined: the method is off. */
  readonly settings: () => RequestHeaderSettings | undefined;
  readonly now: () => Date;
}

export function requestHeaderAuthenticator(options: RequestHeaderOptions): Authenticator {
  return {
    method: 'requestheader',
    async authenticate({ peer, rawHeaders }) {
      const settings = options.settings();
      if (peer === undefined || settings === undefined) return absent;
      try {
        verifyClientChain(peer, settings.ca, options.now());
        const { commonName } = subjectOf(peer.leaf);
        if (settings.allowedNames.length > 0 && !settings.allowedNames.includes(commonName)) {
          throw new Error(`x509: subject with cn=${commonName} is not in the allowed list`);
        }
      } catch (cause) {
        return refused(cause);
      }
      const name = firstValue(rawHeaders, settings.usernameHeaders);
      if (name === '') return absent;
      const uid = firstValue(rawHeaders, settings.uidHeaders);
      return {
        kind: 'authenticated',
        user: {
          name,
          ...(uid === '' ? {} : { uid }),
          groups: settings.groupHeaders.flatMap((header) => headerValues(rawHeaders, header)),
          extra: prefixedHeaders(rawHeaders, settings.extraHeaderPrefixes),
        },
      };
    },
  };
}

/** Whether a header says who somebody is. Such headers never reach handlers. */
export function isIdentityHeader(name: string, settings: RequestHeaderSettings | undefined): boolean {
  if (name === 'authorization' || name.startsWith('x-remote-')) return true;
  if (settings === undefined) return false;
  const { usernameHeaders, groupHeaders, uidHeaders, extraHeaderPrefixes } = settings;
  return (
    [...usernameHeaders, ...groupHeaders, ...uidHeaders].some((h) => h.toLowerCase() === name) ||
    extraHeaderPrefixes.some((prefix) => name.startsWith(prefix.toLowerCase()))
  );
}

function firstValue(rawHeaders: readonly string[], headers: readonly string[]): string {
  for (const header of headers) {
    const value = headerValues(rawHeaders, header)[0];
    if (value !== undefined && value !== '') return value;
  }
  return '';
}
