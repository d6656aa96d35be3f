/** Kubeconfig files for one cluster and one user, as kubectl and client-go read them. */
import { writeFileSync } from 'node:fs';
import { stringify } from 'yaml';
import type { KeyPair } from './certificates.ts';

export interface KubeconfigSource {
  readonly server: string;
  /** PEM of the authority that signed the server's certificate. */
  readonly ca: string;
  readonly user: { readonly name: string } & (KeyPair | { readonly token: string });
}

const base64 = (text: string): string => Buffer.from(text, 'utf8').toString('base64');

export function kubeconfigText({ server, ca, user }: KubeconfigSource): string {
  const credentials =
    'token' in user
      ? { token: user.token }
      : { 'client-certificate-data': base64(user.certificate), 'client-key-data': base64(user.key) };
  return stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'test', cluster: { server, 'certificate-authority-data': base64(ca) } }],
    users: [{ name: user.name, user: credentials }],
    contexts: [{ name: 'test', context: { cluster: 'test', user: user.name } }],
    'current-context': 'test',
  });
}

/** @returns the path it was given */
export function writeKubeconfig(file: string, source: KubeconfigSource): string {
  writeFileSync(file, kubeconfigText(source), { mode: 0o600 });
  return file;
}
