/** The serving certificate, from files or of our own making, followed while it is renewed. */

import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { errorText } from '../../api/meta/error-text.ts';
import { type Clock, sleep } from '../../client/clock.ts';
import { openCertificateDirectory } from '../auth/certificate-directory.ts';
import type { KeyPair } from '../auth/certificates.ts';
import type { ServingConfig } from '../config.ts';

/** How often files are read again, in milliseconds: cert-manager renews hours before the end. */
const reloadMilliseconds = 60_000;

/** @throws Error, one line that names the file */
export async function loadServingCertificate(config: ServingConfig, now: Date): Promise<KeyPair> {
  if (config.source === 'directory') {
    return (await openCertificateDirectory(config.directory, config.hosts, now)).serving;
  }
  const { certFile, keyFile } = config;
  const pair = {
    cert: await read('--tls-cert-file', certFile),
    key: await read('--tls-private-key-file', keyFile),
  };
  checkPair(pair, config);
  return pair;
}

async function read(flag: string, path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    throw new Error(`${flag} ${path}: ${code === 'ENOENT' ? 'no such file' : message}`, { cause });
  }
}

function checkPair(
  { cert, key }: KeyPair,
  files: { readonly certFile: string; readonly keyFile: string },
): void {
  const certificate = parsed(
    `--tls-cert-file ${files.certFile}: not a PEM certificate`,
    () => new X509Certificate(cert),
  );
  const privateKey = parsed(`--tls-private-key-file ${files.keyFile}: not a PEM key`, () =>
    createPrivateKey(key),
  );
  if (!certificate.checkPrivateKey(privateKey)) {
    throw new Error(
      `--tls-private-key-file ${files.keyFile} is not the key of --tls-cert-file ${files.certFile}`,
    );
  }
}

function parsed<T>(message: string, parse: () => T): T {
  try {
    return parse();
  } catch (cause) {
    throw new Error(message, { cause });
  }
}

/** Loads again and again until the signal ends; a failure is told and the last good pair stays in use. */
export async function followServingCertificate(options: {
  readonly config: ServingConfig;
  readonly current: KeyPair;
  readonly clock: Clock;
  readonly changed: (pair: KeyPair) => void;
  readonly warn: (message: string) => void;
  readonly signal: AbortSignal;
}): Promise<void> {
  const { config, clock, changed, warn, signal } = options;
  let current = options.current;
  while (!signal.aborted) {
    await sleep(clock, reloadMilliseconds, signal);
    if (signal.aborted) return;
    try {
      const next = await loadServingCertificate(config, new Date(clock.now()));
      if (next.cert === current.cert && next.key === current.key) continue;
      current = next;
      changed(next);
    } catch (error) {
      warn(errorText(error));
    }
  }
}
