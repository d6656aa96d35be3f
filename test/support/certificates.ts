/** Certificate authorities for servers in tests, valid from an hour ago for ten days. The product's own code signs. */
import { generateKeyPairSync } from 'node:crypto';
import {
  createCa,
  createClientCertificate,
  createServingCertificate,
  type KeyPair,
} from '../../apiserver/auth/certificates.ts';

export type { KeyPair } from '../../apiserver/auth/certificates.ts';

const days = 10;

export interface Authority extends KeyPair {
  /** @param hosts DNS names and IP addresses */
  issueServer(hosts: readonly string[]): Promise<KeyPair>;
  /** @param user common name, Kubernetes' user name @param groups organizations, Kubernetes' groups */
  issueClient(user: string, groups?: readonly string[]): Promise<KeyPair>;
}

export async function createAuthority(name: string): Promise<Authority> {
  const validity = { from: new Date(), days };
  const ca = await createCa(name, validity);
  return {
    ...ca,
    issueServer: (hosts) => createServingCertificate(ca, hosts, validity),
    issueClient: (user, groups = []) => createClientCertificate(ca, user, groups, validity),
  };
}

/** A key pair without a certificate, for signing service account tokens; PEM. */
export function createSigningKey(): { readonly privateKey: string; readonly publicKey: string } {
  return generateKeyPairSync('ec', {
    namedCurve: 'P-256',
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  });
}
