/**
 * A directory of certificates that keeps itself: what is missing, unreadable, for other hosts or near its end is
 * made anew; the rest is used as it is, so that a kubeconfig handed out stays valid over restarts.
 *
 *   ca.crt ca.key            trusted by clients, and signs client certificates
 *   serving.crt serving.key  shown to clients
 */
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { chmod, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import { join } from 'node:path';
import { createCa, createClientCertificate, createServingCertificate, type KeyPair } from './certificates.ts';

export interface CertificateDirectory {
  readonly ca: KeyPair;
  readonly serving: KeyPair;
  /** A certificate for a user, stored under `name` and renewed like the others. */
  client(name: string, user: string, groups: readonly string[]): Promise<KeyPair>;
}

const caDays = 3650;
const leafDays = 365;
/** Renewed when less than this is left. */
const renewalMilliseconds = 30 * 24 * 60 * 60 * 1000;
const privateFile = 0o600;
const privateDirectory = 0o700;

/** @throws Error, one line, when the directory cannot be written */
export async function openCertificateDirectory(
  directory: string,
  hosts: readonly string[],
  now: Date,
): Promise<CertificateDirectory> {
  try {
    await mkdir(directory, { recursive: true, mode: privateDirectory });
    const ca = await keep(
      directory,
      'ca',
      (c) => isFresh(c, now),
      () => createCa('services-v3-ca', { from: now, days: caDays }),
    );
    const issuer = new X509Certificate(ca.cert);
    const good = (c: X509Certificate) => isFresh(c, now) && c.verify(issuer.publicKey);
    const serving = await keep(
      directory,
      'serving',
      (c) => good(c) && covers(c, hosts),
      () => createServingCertificate(ca, hosts, { from: now, days: leafDays }),
    );
    return {
      ca,
      serving,
      client: (name, user, groups) =>
        keep(directory, name, good, () =>
          createClientCertificate(ca, user, groups, { from: now, days: leafDays }),
        ),
    };
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`cannot keep certificates in ${directory}: ${why}`, { cause });
  }
}

async function keep(
  directory: string,
  name: string,
  good: (certificate: X509Certificate) => boolean,
  make: () => Promise<KeyPair>,
): Promise<KeyPair> {
  const found = await read(directory, name);
  if (found !== undefined && isUsable(found, good)) return found;
  const made = await make();
  await write(join(directory, `${name}.key`), made.key);
  await write(join(directory, `${name}.crt`), made.cert);
  return made;
}

async function read(directory: string, name: string): Promise<KeyPair | undefined> {
  try {
    const [cert, key] = await Promise.all(
      ['crt', 'key'].map((extension) => readFile(join(directory, `${name}.${extension}`), 'utf8')),
    );
    return cert === undefined || key === undefined ? undefined : { cert, key };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** A key that is not the certificate's (a crash between two writes) makes the pair useless. */
function isUsable({ cert, key }: KeyPair, good: (certificate: X509Certificate) => boolean): boolean {
  try {
    const certificate = new X509Certificate(cert);
    return certificate.checkPrivateKey(createPrivateKey(key)) && good(certificate);
  } catch {
    return false;
  }
}

/** Whole or not at all, and never readable by others, not even for a moment. */
async function write(path: string, text: string): Promise<void> {
  const draft = `${path}.new`;
  await writeFile(draft, text, { mode: privateFile });
  await chmod(draft, privateFile);
  await rename(draft, path);
}

const isFresh = (certificate: X509Certificate, now: Date): boolean =>
  certificate.validToDate.getTime() - now.getTime() > renewalMilliseconds && certificate.validFromDate <= now;

const covers = (certificate: X509Certificate, hosts: readonly string[]): boolean =>
  hosts.every(
    (host) => (isIP(host) === 0 ? certificate.checkHost(host) : certificate.checkIP(host)) !== undefined,
  );
