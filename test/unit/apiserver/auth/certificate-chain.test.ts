import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import type { PeerCertificates } from '../../../../apiserver/auth/authenticator.ts';
import { parseBundle, subjectOf, verifyClientChain } from '../../../../apiserver/auth/certificate-chain.ts';
import {
  createCa,
  createClientCertificate,
  createServingCertificate,
  type KeyPair,
} from '../../../../apiserver/auth/certificates.ts';

const from = new Date('2026-01-01T00:00:00Z');
const during = new Date('2026-01-01T12:00:00Z');
const validity = { from, days: 1 };
const peer = (leaf: KeyPair, ...others: KeyPair[]): PeerCertificates => ({
  leaf: new X509Certificate(leaf.cert),
  intermediates: others.map((o) => new X509Certificate(o.cert)),
});

describe('verifyClientChain', () => {
  let ca: KeyPair;
  let otherCa: KeyPair;
  let client: KeyPair;

  before(async () => {
    ca = await createCa('ca', validity);
    // The same name on purpose: a name proves nothing.
    otherCa = await createCa('ca', validity);
    client = await createClientCertificate(ca, 'joe', ['one', 'two'], validity);
  });

  it('accepts what the bundle signed, wherever in the bundle the CA is', () => {
    const bundle = parseBundle(`${otherCa.cert}${ca.cert}`, 'test');
    assert.doesNotThrow(() => verifyClientChain(peer(client), bundle, during));
  });

  it('refuses what another CA signed, even when the client sends that CA along', () => {
    const bundle = parseBundle(otherCa.cert, 'test');
    assert.throws(() => verifyClientChain(peer(client, ca), bundle, during), {
      message: 'x509: certificate signed by unknown authority',
    });
  });

  it('refuses before and after its time, also on a connection that was accepted before', () => {
    const bundle = parseBundle(ca.cert, 'test');
    const connection = peer(client);
    verifyClientChain(connection, bundle, during);
    assert.throws(() => verifyClientChain(connection, bundle, new Date('2026-01-02T00:00:01Z')), {
      message: 'x509: certificate has expired',
    });
    assert.throws(() => verifyClientChain(peer(client), bundle, new Date('2025-12-31T00:00:00Z')), {
      message: 'x509: certificate is not yet valid',
    });
  });

  it('refuses a serving certificate', async () => {
    const serving = await createServingCertificate(ca, ['localhost'], validity);
    assert.throws(() => verifyClientChain(peer(serving), parseBundle(ca.cert, 'test'), during), {
      message: 'x509: certificate specifies an incompatible key usage',
    });
  });

  it('refuses a certificate signed by a mere client', async () => {
    const forged = await createClientCertificate(client, 'root', ['system:masters'], validity);
    assert.throws(() => verifyClientChain(peer(forged, client), parseBundle(ca.cert, 'test'), during), {
      message: 'x509: certificate signed by unknown authority',
    });
  });

  it('reads the subject with repeated organizations', () => {
    assert.deepEqual(subjectOf(new X509Certificate(client.cert)), {
      commonName: 'joe',
      organizations: ['one', 'two'],
      uid: '',
    });
  });

  it('says which bundle is empty or broken', () => {
    assert.throws(() => parseBundle('nothing', 'client-ca-file'), {
      message: 'client-ca-file holds no PEM certificate',
    });
    const broken = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----';
    assert.throws(() => parseBundle(broken, 'client-ca-file'), {
      message: 'client-ca-file: certificate 1 of 1 cannot be parsed',
    });
  });
});
