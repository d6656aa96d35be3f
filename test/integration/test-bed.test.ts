/** What the other suites lean on: etcd's variants and faults, and that an interrupted run leaves nothing. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { Etcd3 } from 'etcd3';
import { type EtcdServer, startEtcd } from '../support/etcd.ts';
import { runCommand } from '../support/processes.ts';
import { projectRoot, requires } from '../support/requirements.ts';
import { waitFor } from '../support/wait.ts';

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

describe('test bed: etcd', () => {
  requires('etcd');

  let server: EtcdServer | undefined;
  let client: Etcd3 | undefined;
  afterEach(async () => {
    client?.close();
    await server?.stop();
  });

  it('keeps its data over kill -9 and restart', async () => {
    server = await startEtcd({ fsync: true });
    client = new Etcd3({ hosts: server.endpoint });
    await client.put('a').value('1');
    const first = server.pid();
    await server.kill();
    assert.equal(isAlive(first), false);
    await server.restart();
    assert.notEqual(server.pid(), first);
    assert.equal(await client.get('a').string(), '1');
  });

  it('answers nothing while paused and the same question once resumed', async () => {
    server = await startEtcd();
    client = new Etcd3({ hosts: server.endpoint });
    await client.put('a').value('1');
    server.pause();
    const { pid } = server;
    // The signal takes a moment. Linux: T is stopped, and a stopped process answers nobody.
    if (process.platform === 'linux') {
      await waitFor('etcd to be stopped', () => /\) T /.test(readFileSync(`/proc/${pid()}/stat`, 'utf8')));
    }
    let answered = false;
    const question = client
      .get('a')
      .string()
      .finally(() => {
        answered = true;
      });
    // As long as another process takes to start and end, in which a running etcd would have answered.
    await runCommand(process.execPath, ['--version']);
    assert.equal(answered, false);
    server.resume();
    assert.equal(await question, '1');
  });

  it('asks for a client certificate with TLS', async () => {
    server = await startEtcd({ tls: true });
    const { tls } = server;
    assert.ok(tls !== undefined);
    const rootCertificate = Buffer.from(tls.authority.cert);
    client = new Etcd3({
      hosts: server.endpoint,
      credentials: {
        rootCertificate,
        privateKey: Buffer.from(tls.client.key),
        certChain: Buffer.from(tls.client.cert),
      },
    });
    await client.put('a').value('1');
    assert.equal(await client.get('a').string(), '1');

    const stranger = new Etcd3({ hosts: server.endpoint, credentials: { rootCertificate } });
    try {
      await assert.rejects(stranger.get('a').string());
    } finally {
      stranger.close();
    }
  });

  it('asks for the password with authentication', async () => {
    server = await startEtcd({ rootPassword: 'test-only' });
    client = new Etcd3({ hosts: server.endpoint, auth: { username: 'root', password: 'test-only' } });
    await client.put('a').value('1');
    const stranger = new Etcd3({ hosts: server.endpoint });
    try {
      await assert.rejects(stranger.get('a').string(), /user name is empty/);
    } finally {
      stranger.close();
    }
  });
});

describe('test bed: teardown', () => {
  requires('etcd');

  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    it(`leaves no process and no folder after ${signal}, even of a paused server`, async () => {
      const script = `
        import { startEtcd } from './test/support/etcd.ts';
        const server = await startEtcd();
        server.pause();
        console.log(JSON.stringify({ pid: server.pid(), folder: (await import('node:path')).dirname(server.logFile) }));
        setInterval(() => {}, 1_000);
      `;
      const child = spawn(process.execPath, ['--input-type=module-typescript', '--eval', script], {
        cwd: projectRoot,
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      const [line] = (await once(createInterface(child.stdout), 'line')) as [string];
      const { pid, folder } = JSON.parse(line) as { pid: number; folder: string };
      assert.ok(isAlive(pid) && existsSync(path.join(folder, 'etcd.log')));
      child.kill(signal);
      const [code] = (await once(child, 'exit')) as [number];
      assert.equal(code, signal === 'SIGINT' ? 130 : 143);
      // Its parent is gone: init reaps it a moment later.
      await waitFor('etcd to be gone', () => !isAlive(pid));
      assert.equal(existsSync(folder), false);
    });
  }
});
