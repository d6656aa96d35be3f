/** What an operator gets wrong at the start of `services-v3 apiserver`: one line that says what to do. */
import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { createAuthority } from '../support/certificates.ts';
import type { ControlPlane } from '../support/control-plane.ts';
import { type EtcdServer, startEtcd } from '../support/etcd.ts';
import { writeKubeconfig } from '../support/kubeconfig.ts';
import { freePort } from '../support/ports.ts';
import { runCommand, startProcess } from '../support/processes.ts';
import { projectRoot, requires } from '../support/requirements.ts';
import { sharedControlPlane } from '../support/shared-control-plane.ts';
import { type TemporaryFolder, temporaryFolder } from '../support/temporary-folder.ts';
import { waitFor } from '../support/wait.ts';

const command = path.join(projectRoot, 'cli', 'services-v3.ts');

describe('a bad start of the API server', () => {
  requires('etcd', 'kube-apiserver', 'kube-controller-manager', 'kubectl');

  let plane: ControlPlane;
  let folder: TemporaryFolder;
  let etcd: EtcdServer | undefined;
  before(async () => {
    plane = await sharedControlPlane();
  });
  beforeEach(() => {
    folder = temporaryFolder('bad-start');
  });
  afterEach(async () => {
    await etcd?.stop();
    etcd = undefined;
    folder.remove();
  });

  /** Flags that would start well, on the embedded store. Later flags win. */
  const good = (): string[] => [
    `--kubeconfig=${plane.kubeconfig}`,
    '--bind-address=127.0.0.1',
    '--secure-port=0',
    `--data-dir=${folder.join('data')}`,
  ];

  /** The process must end by itself, with a failure and one line. */
  const complaint = async (...flags: string[]): Promise<string> => {
    const { code, stderr } = await runCommand(process.execPath, [
      command,
      'apiserver',
      '--log-level=silent',
      ...flags,
    ]);
    assert.ok(code > 0, `exit code ${code}: ${stderr}`);
    assert.doesNotMatch(stderr, /^\s+at /m);
    // grpc-js sets a TLS server name for IP addresses too, and Node warns of it.
    const lines = stderr
      .trim()
      .split('\n')
      .filter((line) => !/^\(node:\d+\) \[DEP0123\]|^\(Use `node --trace-deprecation/.test(line));
    assert.equal(lines.length, 1, stderr);
    return lines[0] ?? '';
  };

  it('unknown flag', async () => {
    assert.match(await complaint('--etcd-server=x'), /^services-v3 apiserver: .*--etcd-server/);
  });

  it('port in use', async () => {
    const server = net.createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address() as net.AddressInfo;
    try {
      assert.match(await complaint(...good(), `--secure-port=${port}`), new RegExp(`${port}.*in use`));
    } finally {
      server.close();
    }
  });

  it('data folder locked by another process', async () => {
    const first = await startProcess({
      command: process.execPath,
      args: [command, 'apiserver', ...good()],
      logFile: folder.join('first.log'),
    });
    try {
      await waitFor('the first server', () => first.logTail().includes('"serving"'), {
        check: first.assertRunning,
      });
      assert.match(await complaint(...good()), /data.*(in use|locked|another process)/);
    } finally {
      await first.stop();
    }
  });

  it('data folder that cannot be written', async () => {
    // A file where the folder should be: root may write into any folder, so permissions alone would not do.
    writeFileSync(folder.join('file'), '');
    mkdirSync(folder.join('closed'));
    chmodSync(folder.join('closed'), 0o500);
    const line = await complaint(...good(), `--data-dir=${folder.join('file', 'data')}`);
    assert.match(line, new RegExp(folder.join('file')));
  });

  it('etcd that does not answer', async () => {
    const port = await freePort();
    const line = await complaint(...good(), `--etcd-servers=http://127.0.0.1:${port}`);
    assert.match(line, new RegExp(`etcd.*127\\.0\\.0\\.1:${port}`));
  });

  it('etcd whose certificate is of another authority', async () => {
    etcd = await startEtcd({ tls: true });
    const stranger = await createAuthority('another-ca');
    writeFileSync(folder.join('ca.crt'), stranger.certificate);
    const flags = [`--etcd-servers=${etcd.endpoint}`, `--etcd-cafile=${folder.join('ca.crt')}`];
    assert.match(await complaint(...good(), ...flags), /etcd.*certificate/i);
  });

  it('kubeconfig that is not there', async () => {
    const line = await complaint(...good(), `--kubeconfig=${folder.join('gone')}`);
    assert.match(line, new RegExp(folder.join('gone')));
  });

  it('kubeconfig of a server that does not answer', async () => {
    const port = await freePort();
    const authority = await createAuthority('ca');
    const user = { name: 'x', ...(await authority.issueClient({ user: 'x' })) };
    const file = folder.join('kubeconfig');
    writeKubeconfig(file, { server: `https://127.0.0.1:${port}`, ca: authority.certificate, user });
    assert.match(await complaint(...good(), `--kubeconfig=${file}`), new RegExp(`127\\.0\\.0\\.1:${port}`));
  });

  it('kubeconfig with another authority than the server has', async () => {
    const authority = await createAuthority('another-ca');
    const user = { name: 'admin', ...plane.admin };
    const file = folder.join('kubeconfig');
    writeKubeconfig(file, { server: plane.url, ca: authority.certificate, user });
    assert.match(await complaint(...good(), `--kubeconfig=${file}`), /certificate/);
  });

  it('kubeconfig of a user who may not read the authentication settings', async () => {
    const file = await plane.kubeconfigFor('nobody-at-all');
    assert.match(
      await complaint(...good(), `--kubeconfig=${file}`),
      /extension-apiserver-authentication.*forbidden|forbidden.*extension-apiserver-authentication/i,
    );
  });
});
