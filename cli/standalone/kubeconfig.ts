/** The kubeconfig that standalone mode writes for its one user. */
import { chmodSync, writeFileSync } from 'node:fs';
import { stringify } from 'yaml';
import type { KeyPair } from '../../apiserver/auth/certificates.ts';

export interface KubeconfigContent {
  /** `https://host:port` */
  readonly server: string;
  /** PEM. */
  readonly ca: string;
  readonly user: KeyPair;
}

const NAME = 'services-v3';
const base64 = (text: string): string => Buffer.from(text).toString('base64');

export function kubeconfigText({ server, ca, user }: KubeconfigContent): string {
  return stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: NAME, cluster: { server, 'certificate-authority-data': base64(ca) } }],
    users: [
      {
        name: NAME,
        user: { 'client-certificate-data': base64(user.cert), 'client-key-data': base64(user.key) },
      },
    ],
    contexts: [{ name: NAME, context: { cluster: NAME, user: NAME, namespace: 'default' } }],
    'current-context': NAME,
  });
}

/** Readable by its owner only: it holds a key. */
export function writeKubeconfig(file: string, content: KubeconfigContent): void {
  writeFileSync(file, kubeconfigText(content), { mode: 0o600 });
  chmodSync(file, 0o600);
}
