/** What an operator gets wrong at the start of each command: one line that says what to do, and a failure. */
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { notFound } from '../../api/meta/api-error.ts';
import { openEmbeddedStorage } from '../../apiserver/storage/embedded/store.ts';
import { writeKubeconfig } from '../../cli/standalone/kubeconfig.ts';
import { createAuthority } from '../support/certificates.ts';
import { type EtcdServer, startEtcd } from '../support/etcd.ts';
import { freePort } from '../support/ports.ts';
import { requires } from '../support/requirements.ts';
import { type ServerFixture, startServer } from '../support/server-fixture.ts';
import { runToEnd, startStandalone } from '../support/standalone.ts';
import { type TemporaryFolder, temporaryFolder } from '../support/temporary-folder.ts';

type Command = 'apiserver' | 'controllers' | 'standalone';

/** 2 is "yours to mend", as for usage; the API server calls every failure to start 1. */
const exitCodes: Readonly<Record<Command, number>> = { apiserver: 1, controllers: 2, standalone: 2 };

describe('a bad start', () => {
  let folder: TemporaryFolder;
  let cluster: ServerFixture;
  let taken: net.Server;
  let takenPort: number;

  before(async () => {
    folder = temporaryFolder('bad-start');
    // Stands in for kube-apiserver: knows its callers, has no objects, forbids everything to ordinary users.
    cluster = await startServer({
      resources: ({ info }) =>
        Promise.reject(notFound({ group: '', resource: info.resource, kind: '' }, info.name)),
    });
    taken = net.createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => taken.once('listening', resolve));
    takenPort = (taken.address() as net.AddressInfo).port;
    writeFileSync(folder.join('file'), '');
  });
  after(async () => {
    taken.close();
    await cluster.server.close({ delay: 0, drain: 100 });
    folder.remove();
  });

  /** A kubeconfig of the cluster that works, but for what is told. @returns its path */
  const kubeconfig = (name: string, wrong: Partial<Parameters<typeof writeKubeconfig>[1]> = {}): string =>
    writeKubeconfig(folder.join(name), {
      server: cluster.server.url,
      ca: cluster.servingCa.cert,
      user: { token: cluster.token },
      ...wrong,
    });

  /** Flags that would start well. Later flags win. */
  const goodFlags: Readonly<Record<Command, () => string[]>> = {
    apiserver: () => [
      `--kubeconfig=${kubeconfig('good')}`,
      '--log-level=silent',
      '--bind-address=127.0.0.1',
      '--secure-port=0',
      `--cert-dir=${folder.join('certificates')}`,
      `--data-dir=${folder.join('data')}`,
    ],
    controllers: () => [`--kubeconfig=${kubeconfig('good')}`, '--log-level=error', '--metrics-port=0'],
    standalone: () => [`--data-dir=${folder.join('standalone')}`, '--port=0'],
  };

  /** The process must end by itself. @returns its one line */
  const complaint = async (command: Command, ...flags: string[]): Promise<string> => {
    const { code, stdout, stderr } = await runToEnd(command, ...goodFlags[command](), ...flags);
    assert.equal(code, exitCodes[command], stderr);
    assert.equal(stdout, '');
    assert.doesNotMatch(stderr, /^\s+at /m);
    // grpc-js sets a TLS server name for IP addresses too, and Node warns of it.
    const lines = stderr
      .trim()
      .split('\n')
      .filter((line) => !/^\(node:\d+\) \[DEP0123\]|^\(Use `node --trace-deprecation/.test(line));
    assert.equal(lines.length, 1, stderr);
    assert.ok(lines[0]?.startsWith(`services-v3 ${command}: `), stderr);
    return lines[0] ?? '';
  };

  const commands = ['apiserver', 'controllers', 'standalone'] as const;
  for (const command of commands) {
    it(`${command}: unknown flag`, async () => {
      assert.match(await complaint(command, '--etcd-server=x'), /--etcd-server\b.*--help/);
    });
  }

  for (const [command, flag, inUse] of [
    ['apiserver', '--secure-port', 'port PORT on 127.0.0.1 is in use by another process'],
    ['controllers', '--metrics-port', 'cannot listen on 127.0.0.1:PORT: it is in use'],
    ['standalone', '--port', 'port PORT on 127.0.0.1 is in use by another process'],
  ] as const) {
    it(`${command}: port in use`, async () => {
      const line = await complaint(command, `${flag}=${takenPort}`);
      assert.ok(line.includes(inUse.replace('PORT', String(takenPort))), line);
    });

    it(`${command}: a port that is none`, async () => {
      const line = await complaint(command, `${flag}=many`);
      assert.match(line, new RegExp(`${flag}\\b.*many.*number from 0 to 65535`));
    });
  }

  for (const command of ['apiserver', 'standalone'] as const) {
    it(`${command}: data directory that cannot be made`, async () => {
      // A file where the folder should be: root may write into any folder, so permissions alone would not do.
      const directory = folder.join('file', 'data');
      assert.ok((await complaint(command, `--data-dir=${directory}`)).includes(directory));
    });
  }

  for (const flags of [[], ['--reset']]) {
    it(`${['standalone', ...flags].join(' ')}: data directory of another process`, async () => {
      const directory = folder.join(['running', ...flags].join('-'));
      const first = await startStandalone(directory);
      try {
        const line = await complaint('standalone', `--data-dir=${directory}`, ...flags);
        assert.ok(line.includes(directory), line);
        assert.match(line, /in use by another process/);
        assert.equal(first.process.isRunning(), true);
      } finally {
        await first.process.stop();
      }
    });
  }

  it('apiserver: data directory of another process', async () => {
    const directory = folder.join('locked');
    const storage = await openEmbeddedStorage({ directory });
    try {
      const line = await complaint('apiserver', `--data-dir=${directory}`);
      assert.match(line, /locked is in use by another process/);
    } finally {
      await storage.close();
    }
  });

  for (const name of ['certificates', 'kubeconfig']) {
    it(`standalone: data directory whose ${name} cannot be written`, async () => {
      const directory = folder.join(`spoilt-${name}`);
      mkdirSync(directory);
      if (name === 'certificates') writeFileSync(`${directory}/${name}`, 'a file where a folder should be');
      else mkdirSync(`${directory}/${name}`);
      const line = await complaint('standalone', `--data-dir=${directory}`);
      assert.ok(line.includes(`${directory}/${name}`), line);
    });
  }

  it('standalone: an address that is not of this machine', async () => {
    // TEST-NET-1 (RFC 5737): nobody's.
    const line = await complaint('standalone', '--host=192.0.2.1');
    assert.match(line, /192\.0\.2\.1 is not an address of this machine/);
  });

  for (const command of ['apiserver', 'controllers'] as const) {
    it(`${command}: kubeconfig that is not there`, async () => {
      const file = folder.join('gone');
      const line = await complaint(command, `--kubeconfig=${file}`);
      assert.ok(line.includes(`kubeconfig ${file}: no such file`), line);
    });

    it(`${command}: kubeconfig that is no kubeconfig`, async () => {
      writeFileSync(folder.join('text'), 'certainly: [not');
      const line = await complaint(command, `--kubeconfig=${folder.join('text')}`);
      assert.ok(line.includes(`kubeconfig ${folder.join('text')}: `), line);
    });

    it(`${command}: kubeconfig of a server that does not answer`, async () => {
      const server = `https://127.0.0.1:${await freePort()}`;
      const line = await complaint(command, `--kubeconfig=${kubeconfig('silent', { server })}`);
      assert.ok(line.includes(server), line);
    });

    it(`${command}: kubeconfig with another CA than the server's`, async () => {
      const { cert: ca } = await createAuthority('another-ca');
      assert.match(
        await complaint(command, `--kubeconfig=${kubeconfig('wrong-ca', { ca })}`),
        /cannot trust https:.*certificate-authority/,
      );
    });
  }

  it('apiserver: kubeconfig of a user who may not read the authentication settings', async () => {
    const file = kubeconfig('joe', { user: await cluster.client('joe', []) });
    assert.match(
      await complaint('apiserver', `--kubeconfig=${file}`),
      /may not read ConfigMap kube-system\/extension-apiserver-authentication: bind our account to Role/,
    );
  });

  it('controllers: kubeconfig of a user whom the server does not know', async () => {
    const file = kubeconfig('stranger', { user: { token: 'unknown' } });
    assert.match(
      await complaint('controllers', `--kubeconfig=${file}`),
      /the API server refused us: .*(forbidden|Unauthorized)/,
    );
  });

  it('apiserver: certificate file that is not there', async () => {
    assert.match(
      await complaint('apiserver', '--tls-cert-file=/no/cert', '--tls-private-key-file=/no/key'),
      /--tls-cert-file \/no\/cert: no such file/,
    );
  });

  it('apiserver: etcd that does not answer', async () => {
    const endpoint = `http://127.0.0.1:${await freePort()}`;
    const line = await complaint('apiserver', `--etcd-servers=${endpoint}`);
    assert.ok(line.includes(`etcd at ${endpoint} refuses the connection`), line);
  });

  it('apiserver: something else than etcd, with a certificate of another CA', async () => {
    writeFileSync(folder.join('ca'), cluster.clientCa.cert);
    const flags = [
      `--etcd-servers=${cluster.server.url.replace('127.0.0.1', 'localhost')}`,
      `--etcd-cafile=${folder.join('ca')}`,
    ];
    assert.match(await complaint('apiserver', ...flags), /etcd at https:.*certificate/);
  });

  describe('with a real etcd', () => {
    requires('etcd');
    let etcd: EtcdServer | undefined;
    before(async () => {
      etcd = await startEtcd({ tls: true });
    });
    after(() => etcd?.stop());

    it('apiserver: etcd whose certificate is of another authority', async () => {
      const stranger = await createAuthority('another-ca');
      writeFileSync(folder.join('etcd-ca.crt'), stranger.cert);
      const flags = [`--etcd-servers=${etcd?.endpoint}`, `--etcd-cafile=${folder.join('etcd-ca.crt')}`];
      assert.match(await complaint('apiserver', ...flags), /etcd.*certificate/i);
    });
  });
});
