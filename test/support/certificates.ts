/** Certificate authorities and certificates for servers in tests: ECDSA P-256, valid from an hour ago. */
import 'reflect-metadata';
import { randomBytes, webcrypto } from 'node:crypto';
import net from 'node:net';
import * as x509 from '@peculiar/x509';

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** PEM texts; the key is PKCS #8. */
export interface KeyPair {
  readonly certificate: string;
  readonly key: string;
}

export interface Validity {
  readonly notBefore?: Date;
  readonly notAfter?: Date;
}

export interface ServerSubject extends Validity {
  readonly name: string;
  /** DNS names and IP addresses. */
  readonly hosts: readonly string[];
}

export interface ClientSubject extends Validity {
  /** Becomes the common name: Kubernetes' user name. */
  readonly user: string;
  /** Become organizations: Kubernetes' groups. */
  readonly groups?: readonly string[];
}

export interface Authority extends KeyPair {
  issueServer(subject: ServerSubject): Promise<KeyPair>;
  issueClient(subject: ClientSubject): Promise<KeyPair>;
}

const generateKeys = (): Promise<webcrypto.CryptoKeyPair> =>
  webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']) as Promise<webcrypto.CryptoKeyPair>;

const serialNumber = (): string => `01${randomBytes(8).toString('hex')}`;

const period = ({ notBefore, notAfter }: Validity): Required<Validity> => ({
  notBefore: notBefore ?? new Date(Date.now() - HOUR_MS),
  notAfter: notAfter ?? new Date(Date.now() + 10 * DAY_MS),
});

async function keyText(key: webcrypto.CryptoKey): Promise<string> {
  return x509.PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', key), 'PRIVATE KEY');
}

/** A key pair without a certificate, for signing service account tokens. */
export async function createSigningKey(): Promise<{
  readonly privateKey: string;
  readonly publicKey: string;
}> {
  const keys = await generateKeys();
  const spki = await webcrypto.subtle.exportKey('spki', keys.publicKey);
  return {
    privateKey: await keyText(keys.privateKey),
    publicKey: x509.PemConverter.encode(spki, 'PUBLIC KEY'),
  };
}

export async function createAuthority(name: string, validity: Validity = {}): Promise<Authority> {
  const keys = await generateKeys();
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: serialNumber(),
    name: new x509.Name([{ CN: [name] }]).toString(),
    ...period(validity),
    signingAlgorithm: algorithm,
    keys,
    extensions: [
      new x509.BasicConstraintsExtension(true, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.digitalSignature, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  const issuer = { certificate, key: keys.privateKey };
  return {
    certificate: certificate.toString('pem'),
    key: await keyText(keys.privateKey),
    issueServer: ({ name: commonName, hosts, ...rest }) =>
      issue(issuer, [{ CN: [commonName] }], rest, [
        new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
        new x509.SubjectAlternativeNameExtension(
          hosts.map((value) => ({ type: net.isIP(value) === 0 ? ('dns' as const) : ('ip' as const), value })),
        ),
      ]),
    issueClient: ({ user, groups = [], ...rest }) =>
      issue(issuer, [...groups.map((group) => ({ O: [group] })), { CN: [user] }], rest, [
        new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.clientAuth]),
      ]),
  };
}

async function issue(
  issuer: { readonly certificate: x509.X509Certificate; readonly key: webcrypto.CryptoKey },
  subject: x509.JsonName,
  validity: Validity,
  extensions: x509.Extension[],
): Promise<KeyPair> {
  const keys = await generateKeys();
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: serialNumber(),
    subject: new x509.Name(subject).toString(),
    issuer: issuer.certificate.subject,
    ...period(validity),
    signingAlgorithm: algorithm,
    publicKey: keys.publicKey,
    signingKey: issuer.key,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      await x509.AuthorityKeyIdentifierExtension.create(issuer.certificate.publicKey),
      ...extensions,
    ],
  });
  return { certificate: certificate.toString('pem'), key: await keyText(keys.privateKey) };
}
