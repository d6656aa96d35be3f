/** What an operator sees when `services-v3 apiserver` cannot start: one line that says what to do, exit code 1. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import path from 'node:path';
import { notFound } from '../../../api/meta/api-error.ts';
import { openEmbeddedStorage } from '../../../apiserver/storage/embedded/store.ts';
import { projectRoot } from '../../support/requirements.ts';
import { type ServerFixture, startServer } from '../../support/server-fixture.ts';
import { type TemporaryFolder, temporaryFolder } from '../../support/temporary-folder.ts';

const command = path.join(projectRoot, 'cli', 'services-v3.ts');

interface Outcome {
  readonly code: number;
  readonly stderr: string;
}

function start(...flags: string[]): Promise<Outcome> {
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      [command, 'apiserver', '--log-level=silent', ...flags],
      (_error, _out, stderr) => resolve({ code: child.exitCode ?? -1, stderr }),
    );
  });
}

/** A kubeconfig without a `current-context` line is broken; this one is whole. */
const kubeconfig = (server: string, ca: string, user: object): string =>
  JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [
      { name: 'c', cluster: { server, 'certificate-authority-data': Buffer.from(ca).toString('base64') } },
    ],
    users: [{ name: 'u', user }],
    contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
    'current-context': 'x',
  });

describe('services-v3 apiserver that cannot start', () => {
  let folder: TemporaryFolder;
  let cluster: ServerFixture;
  let taken: Server;
  /** Flags that work. */
  let good: string[];
  let port: number;

  before(async () => {
    folder = temporaryFolder('startup-errors');
    // Stands in for kube-apiserver: knows its callers, has no ConfigMap, forbids everything to ordinary users.
    cluster = await startServer({
      resources: ({ info }) =>
        Promise.reject(notFound({ group: '', resource: info.resource, kind: '' }, info.name)),
    });
    taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
    port = (taken.address() as { port: number }).port;
    writeFileSync(
      folder.join('good'),
      kubeconfig(cluster.server.url, cluster.servingCa.cert, { token: cluster.token }),
    );
    good = [
      `--kubeconfig=${folder.join('good')}`,
      `--data-dir=${folder.join('data')}`,
      `--cert-dir=${folder.join('certificates')}`,
      '--bind-address=127.0.0.1',
    ];
  });
  after(async () => {
    taken.close();
    await cluster.server.close({ delay: 0, drain: 100 });
    folder.remove();
  });

  async function assertSays(flags: string[], expected: RegExp): Promise<void> {
    const { code, stderr } = await start(...flags);
    assert.equal(code, 1, stderr);
    assert.match(stderr, expected);
    assert.equal(stderr.trimEnd().split('\n').length, 1, stderr);
    assert.doesNotMatch(stderr, /\n\s+at /);
  }

  it('port in use', () =>
    assertSays([...good, `--secure-port=${port}`], /port \d+ on 127\.0\.0\.1 is in use/));

  it('data directory in use', async () => {
    const directory = folder.join('locked');
    const storage = await openEmbeddedStorage({ directory });
    try {
      await assertSays(
        [...good, '--secure-port=0', `--data-dir=${directory}`],
        /locked is in use by another process/,
      );
    } finally {
      await storage.close();
    }
  });

  it('data directory that cannot be made', () => {
    writeFileSync(folder.join('file'), '');
    return assertSays(
      [...good, '--secure-port=0', `--data-dir=${folder.join('file', 'below')}`],
      /file\/below/,
    );
  });

  it('etcd unreachable', () =>
    assertSays(
      [...good, '--etcd-servers=http://127.0.0.1:1'],
      /etcd at http:\/\/127\.0\.0\.1:1 refuses the connection/,
    ));

  it('etcd with a certificate of another CA', () => {
    writeFileSync(folder.join('ca'), cluster.clientCa.cert);
    return assertSays(
      [
        ...good,
        `--etcd-servers=${cluster.server.url.replace('127.0.0.1', 'localhost')}`,
        `--etcd-cafile=${folder.join('ca')}`,
      ],
      /etcd at https:.*certificate/,
    );
  });

  it('kubeconfig missing', () =>
    assertSays([...good, '--kubeconfig=/no/such/file'], /kubeconfig \/no\/such\/file: no such file/));

  it('kubeconfig with the wrong CA', () => {
    writeFileSync(
      folder.join('wrong-ca'),
      kubeconfig(cluster.server.url, cluster.clientCa.cert, { token: cluster.token }),
    );
    return assertSays(
      [...good, `--kubeconfig=${folder.join('wrong-ca')}`],
      /cannot trust https:.*certificate-authority/,
    );
  });

  it('authentication settings forbidden', async () => {
    const user = await cluster.client('joe', []);
    const encode = (text: string) => Buffer.from(text).toString('base64');
    writeFileSync(
      folder.join('joe'),
      kubeconfig(cluster.server.url, cluster.servingCa.cert, {
        'client-certificate-data': encode(user.cert),
        'client-key-data': encode(user.key),
      }),
    );
    await assertSays(
      [...good, `--kubeconfig=${folder.join('joe')}`],
      /may not read ConfigMap kube-system\/extension-apiserver-authentication: bind our account to Role/,
    );
  });

  it('certificate file missing', () =>
    assertSays(
      [...good, '--tls-cert-file=/no/cert', '--tls-private-key-file=/no/key'],
      /--tls-cert-file \/no\/cert: no such file/,
    ));

  it('a flag that is wrong', () =>
    assertSays(['--secure-port=many'], /--secure-port many: must be a number/));
});
