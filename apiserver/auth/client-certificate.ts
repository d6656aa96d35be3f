/**
 * The client certificate itself as identity: common name = user, organizations = groups
 * (upstream: apiserver `pkg/authentication/request/x509/x509.go`).
 */
import type { X509Certificate } from 'node:crypto';
import { type Authenticator, absent, refused } from './authenticator.ts';
import { type CertificateBundle, subjectOf, verifyClientChain } from './certificate-chain.ts';

export interface ClientCertificateOptions {
  /** Asked on every request, so that a rotated CA counts at once; undefined: the method is off. */
  readonly ca: () => CertificateBundle | undefined;
  readonly now: () => Date;
}

export function clientCertificateAuthenticator(options: ClientCertificateOptions): Authenticator {
  return {
    method: 'x509',
    async authenticate({ peer }) {
      const ca = options.ca();
      if (peer === undefined || ca === undefined) return absent;
      try {
        verifyClientChain(peer, ca, options.now());
      } catch (cause) {
        return refused(cause);
      }
      const { commonName, organizations, uid } = subjectOf(peer.leaf);
      if (commonName === '') return absent;
      return {
        kind: 'authenticated',
        user: {
          name: commonName,
          ...(uid === '' ? {} : { uid }),
          groups: organizations,
          extra: { 'authentication.kubernetes.io/credential-id': [credentialId(peer.leaf)] },
        },
      };
    },
  };
}

const credentialId = (certificate: X509Certificate): string =>
  `X509SHA256=${certificate.fingerprint256.replaceAll(':', '').toLowerCase()}`;
