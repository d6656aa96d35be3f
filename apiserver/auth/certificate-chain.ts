/**
 * Verifies a client certificate against one CA bundle and nothing else. TLS itself cannot be asked: a Node
 * server has one merged CA store and `authorized` does not say which CA it was, but being signed by the
 * front-proxy CA (may assume any identity) and by the client CA (is who the subject says) differ in everything.
 *
 * Checks: path to a root of the bundle, signatures, validity of every certificate, CA flag, path length,
 * certificate-signing key usage, client-auth extended key usage, no critical extension we do not know
 * (RFC 5280 §6; upstream: Go `crypto/x509.Certificate.Verify` with KeyUsages = ClientAuth).
 */
import 'reflect-metadata';
import { X509Certificate } from 'node:crypto';
import * as x509 from '@peculiar/x509';
import type { PeerCertificates } from './authenticator.ts';

/** Longest path tried, leaf and root included: bounds the search in a hostile chain. */
const maximumDepth = 8;

/** Signatures checked for one chain before giving up, as Go does. */
const maximumSignatureChecks = 100;

const clientAuth = '1.3.6.1.5.5.7.3.2';
const anyExtendedKeyUsage = '2.5.29.37.0';
const knownExtensions: ReadonlySet<string> = new Set([
  '2.5.29.14', // subject key identifier
  '2.5.29.15', // key usage
  '2.5.29.17', // subject alternative name
  '2.5.29.19', // basic constraints
  '2.5.29.32', // certificate policies
  '2.5.29.35', // authority key identifier
  '2.5.29.37', // extended key usage
]);

/** A list of trusted CA certificates, as PEM for the handshake and parsed for verification. */
export interface CertificateBundle {
  readonly pem: string;
  readonly roots: readonly X509Certificate[];
}

const pemCertificate = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g;

/** @throws Error naming `source` when there is no certificate or one cannot be parsed */
export function parseBundle(pem: string, source: string): CertificateBundle {
  const blocks = pem.match(pemCertificate) ?? [];
  if (blocks.length === 0) throw new Error(`${source} holds no PEM certificate`);
  const roots = blocks.map((block, i) => {
    try {
      return new X509Certificate(block);
    } catch (cause) {
      throw new Error(`${source}: certificate ${i + 1} of ${blocks.length} cannot be parsed`, { cause });
    }
  });
  return { pem: blocks.join('\n'), roots };
}

/** Subject facts of a certificate; repeated attributes kept apart. */
export interface Subject {
  readonly commonName: string;
  readonly organizations: readonly string[];
  /** Kubernetes' own attribute for the user's UID, '' when absent. */
  readonly uid: string;
}

const kubernetesUid = '1.3.6.1.4.1.57683.2';

const subjects = new WeakMap<X509Certificate, Subject>();

export function subjectOf(certificate: X509Certificate): Subject {
  const known = subjects.get(certificate);
  if (known !== undefined) return known;
  return readSubject(certificate, new x509.X509Certificate(certificate.raw));
}

function readSubject(certificate: X509Certificate, parsed: x509.X509Certificate): Subject {
  const name = parsed.subjectName;
  const subject: Subject = {
    // Go keeps the last of several common names.
    commonName: name.getField('CN').at(-1) ?? '',
    organizations: name.getField('O'),
    uid: name.getField(kubernetesUid).at(-1) ?? '',
  };
  subjects.set(certificate, subject);
  return subject;
}

/** A verdict about one connection and one bundle, so that signatures are checked once and not on every request. */
interface Verdict {
  readonly failure: Error | undefined;
  /** Milliseconds since the epoch between which it holds. */
  readonly from: number;
  readonly until: number;
}

/** How long a failed verification is remembered for its connection. */
const failureMilliseconds = 10_000;

const verdicts = new WeakMap<PeerCertificates, WeakMap<CertificateBundle, Verdict>>();

/** @throws Error `x509: …` saying which check failed */
export function verifyClientChain(peer: PeerCertificates, bundle: CertificateBundle, now: Date): void {
  const ofPeer = verdicts.get(peer) ?? new WeakMap<CertificateBundle, Verdict>();
  verdicts.set(peer, ofPeer);
  let verdict = ofPeer.get(bundle);
  if (verdict === undefined || now.getTime() < verdict.from || now.getTime() > verdict.until) {
    verdict = verify(peer, bundle, now);
    ofPeer.set(bundle, verdict);
  }
  if (verdict.failure !== undefined) throw verdict.failure;
}

function verify(peer: PeerCertificates, bundle: CertificateBundle, now: Date): Verdict {
  const search: Search = { roots: bundle.roots, now, signatureChecks: 0 };
  const found = leafFault(peer.leaf) ?? findPath([peer.leaf], peer.intermediates, search);
  if (found instanceof Error) {
    return { failure: found, from: now.getTime(), until: now.getTime() + failureMilliseconds };
  }
  return {
    failure: undefined,
    from: Math.max(...found.map((c) => c.validFromDate.getTime())),
    until: Math.min(...found.map((c) => c.validToDate.getTime())),
  };
}

function leafFault(leaf: X509Certificate): Error | undefined {
  return faultOf(() => {
    const parsed = new x509.X509Certificate(leaf.raw);
    // Whoever verifies a certificate is about to ask for its subject, and parsing it again costs milliseconds.
    readSubject(leaf, parsed);
    refuseUnknownCritical(parsed);
    refuseOtherUsage(parsed);
  });
}

interface Search {
  readonly roots: readonly X509Certificate[];
  readonly now: Date;
  signatureChecks: number;
}

/** Depth-first search for a root; returns the path, or the most telling failure. */
function findPath(
  path: readonly X509Certificate[],
  intermediates: readonly X509Certificate[],
  search: Search,
): readonly X509Certificate[] | Error {
  const last = path.at(-1);
  if (last === undefined) return new Error('x509: no certificate');
  const expired = validityFault(last, search.now);
  if (expired !== undefined) return expired;
  if (search.roots.some((root) => root.raw.equals(last.raw))) return path;
  let failure = new Error('x509: certificate signed by unknown authority');
  if (path.length >= maximumDepth) return failure;
  for (const issuer of [...search.roots, ...intermediates]) {
    if (!isIssuedBy(last, issuer, search)) continue;
    const others = intermediates.filter((c) => c !== issuer);
    const found = issuerFault(issuer, path.length - 1) ?? findPath([...path, issuer], others, search);
    if (!(found instanceof Error)) return found;
    failure = found;
  }
  return failure;
}

function isIssuedBy(certificate: X509Certificate, issuer: X509Certificate, search: Search): boolean {
  if (!certificate.checkIssued(issuer) || search.signatureChecks >= maximumSignatureChecks) return false;
  search.signatureChecks++;
  try {
    return certificate.verify(issuer.publicKey);
  } catch {
    return false;
  }
}

function validityFault(certificate: X509Certificate, now: Date): Error | undefined {
  if (now < certificate.validFromDate) return new Error('x509: certificate is not yet valid');
  if (now > certificate.validToDate) return new Error('x509: certificate has expired');
  return undefined;
}

/** Parsing costs milliseconds and CAs are few: once each, not once a connection. */
const parsedIssuers = new WeakMap<X509Certificate, x509.X509Certificate>();

function parseIssuer(issuer: X509Certificate): x509.X509Certificate {
  const parsed = parsedIssuers.get(issuer) ?? new x509.X509Certificate(issuer.raw);
  parsedIssuers.set(issuer, parsed);
  return parsed;
}

/** @param below how many CA certificates lie between this one and the leaf */
function issuerFault(issuer: X509Certificate, below: number): Error | undefined {
  return faultOf(() => {
    const parsed = parseIssuer(issuer);
    const constraints = parsed.getExtension(x509.BasicConstraintsExtension);
    if (constraints?.ca !== true) throw new Error('x509: issuer is not a certificate authority');
    if (constraints.pathLength !== undefined && below > constraints.pathLength) {
      throw new Error('x509: too many intermediates for path length constraint');
    }
    const usages = parsed.getExtension(x509.KeyUsagesExtension);
    if (usages && (usages.usages & x509.KeyUsageFlags.keyCertSign) === 0) {
      throw new Error('x509: issuer may not sign certificates');
    }
    refuseUnknownCritical(parsed);
    refuseOtherUsage(parsed);
  });
}

/** What `check` throws, as a value. */
function faultOf(check: () => void): Error | undefined {
  try {
    check();
    return undefined;
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

function refuseUnknownCritical(parsed: x509.X509Certificate): void {
  const unknown = parsed.extensions.find((e) => e.critical && !knownExtensions.has(e.type));
  if (unknown) throw new Error(`x509: unhandled critical extension ${unknown.type}`);
}

function refuseOtherUsage(parsed: x509.X509Certificate): void {
  const extended = parsed.getExtension(x509.ExtendedKeyUsageExtension);
  if (!extended) return;
  const fits = extended.usages.some((u) => u === clientAuth || u === anyExtendedKeyUsage);
  if (!fits) throw new Error('x509: certificate specifies an incompatible key usage');
}
