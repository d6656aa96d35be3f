/** A kubeconfig for one cluster and one user. */
import { chmodSync, writeFileSync } from 'node:fs';
import { stringify } from 'yaml';
import type { KeyPair } from '../../apiserver/auth/certificates.ts';

export interface KubeconfigContent {
  /** `https://host:port` */
  readonly server: string;
  /** PEM of the authority that signed the server's certificate. */
  readonly ca: string;
  readonly user: KeyPair | { readonly token: string };
}

const NAME = 'services-v3';
const base64 = (text: string): string => Buffer.from(text).toString('base64');

function kubeconfigText({ server, ca, user }: KubeconfigContent): string {
  const credentials =
    'token' in user
      ? { token: user.token }
      : { 'client-certificate-data': base64(user.cert), 'client-key-data': base64(user.key) };
  return stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: NAME, cluster: { server, 'certificate-authority-data': base64(ca) } }],
    users: [{ name: NAME, user: credentials }],
    contexts: [{ name: NAME, context: { cluster: NAME, user: NAME, namespace: 'default' } }],
    'current-context': NAME,
  });
}

/** Readable by its owner only: it holds a key. @returns the path it was given */
export function writeKubeconfig(file: string, content: KubeconfigContent): string {
  writeFileSync(file, kubeconfigText(content), { mode: 0o600 });
  chmodSync(file, 0o600);
  return file;
}
