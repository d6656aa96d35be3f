import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openCertificateDirectory } from '../../../../apiserver/auth/certificate-directory.ts';

const now = new Date('2026-01-01T00:00:00Z');
const later = (days: number) => new Date(now.getTime() + days * 24 * 60 * 60 * 1000);
const hosts = ['127.0.0.1', 'example.svc'];

describe('certificate directory', () => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'certificates-'));
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  it('makes what is missing, readable by nobody else, and keeps it', async () => {
    const first = await openCertificateDirectory(directory, hosts, now);
    await first.client('admin', 'admin', ['system:masters']);
    for (const file of readdirSync(directory)) {
      assert.equal(statSync(join(directory, file)).mode & 0o777, 0o600, file);
    }
    const serving = new X509Certificate(first.serving.cert);
    assert.equal(serving.checkIP('127.0.0.1'), '127.0.0.1');
    assert.equal(serving.checkHost('example.svc'), 'example.svc');
    assert.ok(serving.verify(new X509Certificate(first.ca.cert).publicKey));
    const second = await openCertificateDirectory(directory, hosts, later(300));
    assert.deepEqual([second.ca, second.serving], [first.ca, first.serving]);
    assert.deepEqual(await second.client('admin', 'admin', []), await first.client('admin', 'admin', []));
  });

  it('renews near the end, for other hosts and after damage; the CA stays', async () => {
    const first = await openCertificateDirectory(directory, hosts, now);
    const renewed = await openCertificateDirectory(directory, hosts, later(340));
    assert.notEqual(renewed.serving.cert, first.serving.cert);
    assert.equal(renewed.ca.cert, first.ca.cert);
    const other = await openCertificateDirectory(directory, ['other'], later(340));
    assert.equal(new X509Certificate(other.serving.cert).checkHost('other'), 'other');
    writeFileSync(join(directory, 'serving.key'), 'damaged');
    const repaired = await openCertificateDirectory(directory, ['other'], later(340));
    assert.notEqual(repaired.serving.cert, other.serving.cert);
  });

  it('says in one line what is wrong with the directory', async () => {
    const file = join(directory, 'file');
    writeFileSync(file, '');
    await assert.rejects(openCertificateDirectory(join(file, 'below'), hosts, now), (error: Error) => {
      assert.match(error.message, /^cannot keep certificates in .*ENOTDIR/);
      return true;
    });
  });
});
