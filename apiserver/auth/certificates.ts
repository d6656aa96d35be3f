/**
 * Makes certificates: a CA of our own, serving certificates and client certificates under it. For the standalone
 * process and for installs without a certificate manager.
 */
import 'reflect-metadata';
import { webcrypto } from 'node:crypto';
import { isIP } from 'node:net';
import * as x509 from '@peculiar/x509';

x509.cryptoProvider.set(webcrypto);

/** PEM. */
export interface KeyPair {
  readonly cert: string;
  readonly key: string;
}

export interface Validity {
  readonly from: Date;
  readonly days: number;
}

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
const clientAuth = '1.3.6.1.5.5.7.3.2';
const serverAuth = '1.3.6.1.5.5.7.3.1';
const dayMilliseconds = 24 * 60 * 60 * 1000;
/** Clocks of other machines may be behind ours by this many milliseconds. */
const clockSkewMilliseconds = 60 * 60 * 1000;

export async function createCa(commonName: string, validity: Validity): Promise<KeyPair> {
  const keys = await generateKeys();
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: [{ CN: [commonName] }],
    keys,
    signingAlgorithm: algorithm,
    ...period(validity),
    serialNumber: serialNumber(),
    extensions: [
      new x509.BasicConstraintsExtension(true, undefined, true),
      new x509.KeyUsagesExtension(
        x509.KeyUsageFlags.keyCertSign |
          x509.KeyUsageFlags.digitalSignature |
          x509.KeyUsageFlags.keyEncipherment,
        true,
      ),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return { cert: pem(certificate), key: await keyPem(keys.privateKey) };
}

/** @param hosts DNS names and IP addresses the server is reached at */
export async function createServingCertificate(
  ca: KeyPair,
  hosts: readonly string[],
  validity: Validity,
): Promise<KeyPair> {
  const names = hosts.map((value) => ({
    type: isIP(value) === 0 ? ('dns' as const) : ('ip' as const),
    value,
  }));
  return issue(ca, [{ CN: ['services-v3'] }], validity, [
    new x509.ExtendedKeyUsageExtension([serverAuth]),
    new x509.SubjectAlternativeNameExtension(names),
  ]);
}

/** A user and its groups, as Kubernetes reads them from a certificate. */
export async function createClientCertificate(
  ca: KeyPair,
  user: string,
  groups: readonly string[],
  validity: Validity,
): Promise<KeyPair> {
  const subject = [...groups.map((group) => ({ O: [group] })), { CN: [user] }];
  return issue(ca, subject, validity, [new x509.ExtendedKeyUsageExtension([clientAuth])]);
}

async function issue(
  ca: KeyPair,
  subject: x509.JsonName,
  validity: Validity,
  extensions: x509.Extension[],
): Promise<KeyPair> {
  const keys = await generateKeys();
  const issuer = new x509.X509Certificate(ca.cert);
  const certificate = await x509.X509CertificateGenerator.create({
    subject,
    issuer: issuer.subjectName,
    publicKey: keys.publicKey,
    signingKey: await importKey(ca.key),
    signingAlgorithm: algorithm,
    ...period(validity),
    serialNumber: serialNumber(),
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      await x509.AuthorityKeyIdentifierExtension.create(issuer),
      ...extensions,
    ],
  });
  return { cert: pem(certificate), key: await keyPem(keys.privateKey) };
}

const generateKeys = (): Promise<webcrypto.CryptoKeyPair> =>
  webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);

const importKey = (key: string): Promise<webcrypto.CryptoKey> =>
  webcrypto.subtle.importKey('pkcs8', x509.PemConverter.decodeFirst(key), algorithm, true, ['sign']);

const pem = (certificate: x509.X509Certificate): string => `${certificate.toString('pem')}\n`;

async function keyPem(key: webcrypto.CryptoKey): Promise<string> {
  const der = await webcrypto.subtle.exportKey('pkcs8', key);
  return `${x509.PemConverter.encode(der, 'PRIVATE KEY')}\n`;
}

const period = ({ from, days }: Validity) => ({
  notBefore: new Date(from.getTime() - clockSkewMilliseconds),
  notAfter: new Date(from.getTime() + days * dayMilliseconds),
});

/** Positive and random, so that two CAs of the same name never issue the same one. */
function serialNumber(): string {
  const bytes = webcrypto.getRandomValues(new Uint8Array(16));
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x40;
  return Buffer.from(bytes).toString('hex');
}
