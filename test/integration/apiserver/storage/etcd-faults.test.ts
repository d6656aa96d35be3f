/** The etcd store when the connection breaks, etcd dies, or does not want us. */
import assert from 'node:assert/strict';
import { Etcd3 } from 'etcd3';
import { isStorageError } from '../../../../apiserver/storage/errors.ts';
import { EtcdConnection } from '../../../../apiserver/storage/etcd/client.ts';
import { type EtcdStorageOptions, openEtcdStorage } from '../../../../apiserver/storage/etcd/store.ts';
import { EtcdWatch } from '../../../../apiserver/storage/etcd/watcher.ts';
import type { Revision, Storage, StorageKey } from '../../../../apiserver/storage/storage.ts';
import { systemClock } from '../../../../client/clock.ts';
import { type SeverableProxy, startSeverableProxy } from '../../../suites/severable-proxy.ts';
import { asRevision, bytes, eventsOf, readUntil, revisionOfEvent } from '../../../suites/storage.ts';
import { createAuthority } from '../../../support/certificates.ts';
import { type EtcdServer, startEtcd } from '../../../support/etcd.ts';
import { requires } from '../../../support/requirements.ts';
import { waitFor } from '../../../support/wait.ts';

const key = (name: string): StorageKey => `/faults/core/things/ns/${name}` as StorageKey;

const sequence = (after: number, count: number): number[] =>
  Array.from({ length: count }, (_, index) => after + 1 + index);

describe('etcd store: broken connections', () => {
  requires('etcd');

  let server: EtcdServer;
  let proxy: SeverableProxy;
  let direct: Storage;
  let proxied: Storage;
  before(async () => {
    server = await startEtcd();
  });
  after(() => server.stop());
  beforeEach(async () => {
    proxy = await startSeverableProxy(server.port);
    direct = await openEtcdStorage({ endpoints: [server.endpoint], prefix: '/faults' });
    proxied = await openEtcdStorage({ endpoints: [`http://127.0.0.1:${proxy.port}`], prefix: '/faults' });
  });
  afterEach(async () => {
    await proxied.close();
    await direct.close();
    await proxy.stop();
  });

  const writeMany = async (storage: Storage, label: string, count: number): Promise<void> => {
    const value = bytes('x'.repeat(500));
    for (let done = 0; done < count; done += 100) {
      await Promise.all(
        Array.from({ length: 100 }, (_, index) => storage.create(key(`${label}-${done + index}`), value)),
      );
    }
  };

  it('cut in the middle of a replay, the watch loses and doubles nothing', async () => {
    const start = await direct.currentRevision();
    await writeMany(direct, 'replay', 5_000);
    const end = await direct.currentRevision();
    const watch = proxied.watch('/faults/', start);
    const seen: number[] = [];
    let cuts = 0;
    for await (const batch of watch) {
      seen.push(...batch.events.map(revisionOfEvent));
      if (batch.revision >= end) break;
      // Some thousand bytes into what follows: inside a message, whatever it is.
      if (cuts++ < 4) proxy.severAfter(100_000 + cuts * 12_345);
    }
    assert.ok(proxy.severed() >= 2, `only ${proxy.severed()} connections were cut`);
    assert.deepEqual(seen, sequence(start, 5_000));
  });

  it('cut again and again while others write, the watch loses and doubles nothing', async () => {
    const start = await direct.currentRevision();
    const watch = proxied.watch('/faults/', start);
    const reading = readUntil(watch, start + 2_000);
    for (let round = 0; round < 20; round++) {
      await writeMany(direct, `live-${round}`, 100);
      proxy.sever();
    }
    const seen = eventsOf(await reading).map(revisionOfEvent);
    watch.close();
    assert.deepEqual(seen, sequence(start, 2_000));
  });

  it('a revision too large for one message arrives whole, also when it is cut in between', async () => {
    const client = new Etcd3({ hosts: server.endpoint, grpcOptions: { 'grpc.max_send_message_length': -1 } });
    const names = Array.from({ length: 100 }, (_, index) => key(`large-${index}`));
    const writeAll = async (): Promise<number> => {
      const value = Buffer.alloc(14_000, 120);
      const { header } = await client.kv.txn({
        success: names.map((name) => ({ request_put: { key: Buffer.from(name), value } })),
      });
      return Number(header.revision);
    };
    const first = await writeAll();
    const [second, third] = [await writeAll(), await writeAll()];
    client.close();
    const watch = proxied.watch('/faults/', asRevision(first));
    proxy.severAfter(2_600_000);
    const batches = (await readUntil(watch, third)).filter((batch) => batch.events.length > 0);
    watch.close();
    assert.equal(proxy.severed() > 0, true);
    const revisions = batches.map((batch) => [...new Set(batch.events.map(revisionOfEvent))]);
    assert.deepEqual(revisions.flat(), [second, third], 'no revision in two batches');
    assert.equal(eventsOf(batches).length, 200);
    for (const event of eventsOf(batches)) assert.ok(event.previous !== undefined);
  });

  it('when history is compacted while the connection is cut, the watch says so', async () => {
    const start = await direct.currentRevision();
    const watch = proxied.watch('/faults/', start);
    const first = await direct.create(key('compacted'), bytes('1'));
    await readUntil(watch, first);
    const reading = readUntil(watch, first + 3);
    reading.catch(() => {});
    await proxy.stop();
    const second = await direct.update(key('compacted'), bytes('2'), first);
    const third = await direct.update(key('compacted'), bytes('3'), second);
    await direct.update(key('compacted'), bytes('4'), third);
    await direct.compact(third);
    await direct.compact(await direct.currentRevision());
    proxy = await startSeverableProxy(server.port, proxy.port);
    await assert.rejects(reading, (error) => isStorageError(error, 'Compacted'));
  });

  it('progress does not depend on the answer of an etcd that is not trusted with it', async () => {
    const connection = new EtcdConnection({ endpoints: [server.endpoint] });
    const written = await direct.create(key('untrusted'), bytes('1'));
    await connection.range({ key: Buffer.from('/faults/') });
    const watch = new EtcdWatch(connection, {
      prefix: '/faults/core/quiet/',
      after: asRevision(written - 1),
      clock: systemClock,
      trustedProgress: false,
      report: () => {},
      onClose: () => {},
    });
    watch.requestProgress();
    assert.deepEqual(eventsOf(await readUntil(watch, written)), []);
    watch.close();
    connection.close();
    const { entries } = await direct.range('/faults/core/quiet/');
    assert.deepEqual(entries, [], 'the marker is no object');
  });
});

describe('etcd store: an etcd that dies', () => {
  requires('etcd');

  it('requests fail with what is wrong, then work again; the watch goes on', async () => {
    const server = await startEtcd({ fsync: true });
    const reports: string[] = [];
    const storage = await openEtcdStorage({
      endpoints: [server.endpoint],
      prefix: '/faults',
      report: (problem) => reports.push(problem),
    });
    try {
      const first = await storage.create(key('a'), bytes('1'));
      const watch = storage.watch('/faults/', first);
      await server.kill();
      await assert.rejects(storage.get(key('a')), (error) => {
        assert.ok(isStorageError(error, 'Unavailable'), String(error));
        assert.ok(error.message.includes(server.endpoint) && !error.message.includes('\n'), error.message);
        return true;
      });
      await server.restart();
      await waitFor('etcd to answer', () =>
        storage.ping().then(
          () => true,
          () => false,
        ),
      );
      const second = await storage.update(key('a'), bytes('2'), first);
      assert.deepEqual(eventsOf(await readUntil(watch, second)).map(revisionOfEvent), [second]);
      assert.ok(reports.length > 0);
    } finally {
      await storage.close();
      await server.stop();
    }
  });
});

describe('etcd store: an etcd that does not want us', () => {
  requires('etcd');

  let plain: EtcdServer;
  let secure: EtcdServer;
  before(async () => {
    plain = await startEtcd({ rootPassword: 'correct horse' });
    secure = await startEtcd({ tls: true });
  });
  after(async () => {
    await plain.stop();
    await secure.stop();
  });

  const refuses = async (options: EtcdStorageOptions, says: RegExp): Promise<void> => {
    await assert.rejects(openEtcdStorage(options), (error) => {
      assert.ok(isStorageError(error, 'Unavailable'), String(error));
      assert.match(error.message, says);
      assert.ok(
        error.message.includes(options.endpoints[0] ?? '') && !error.message.includes('\n'),
        error.message,
      );
      return true;
    });
  };
  const pem = (text: string): Buffer => Buffer.from(text);
  const clientTls = () => {
    assert.ok(secure.tls !== undefined);
    const { authority, client } = secure.tls;
    return { ca: pem(authority.cert), cert: pem(client.cert), key: pem(client.key) };
  };

  it('nobody listens', () =>
    refuses({ endpoints: ['http://127.0.0.1:1'] }, /refuses the connection: check that etcd runs/));

  it('TLS where there is none', () =>
    refuses({ endpoints: [plain.endpoint.replace('http:', 'https:')] }, /does not speak TLS: use an http/));

  it('no TLS where there is some', () =>
    refuses(
      { endpoints: [secure.endpoint.replace('https:', 'http:')] },
      /closed the connection: .*https-only/,
    ));

  it('a certificate of another authority', async () => {
    const other = await createAuthority('another-ca');
    await refuses(
      { endpoints: [secure.endpoint], tls: { ...clientTls(), ca: pem(other.cert) } },
      /has not signed.*check the etcd CA file/,
    );
  });

  it('no client certificate', () =>
    refuses(
      { endpoints: [secure.endpoint], tls: { ca: clientTls().ca } },
      /refuses the TLS handshake|closed the connection/,
    ));

  it('a wrong password', () =>
    refuses(
      { endpoints: [plain.endpoint], credentials: { username: 'root', password: 'wrong' } },
      /does not accept the user name or password/,
    ));

  it('no password', () =>
    refuses({ endpoints: [plain.endpoint] }, /does not accept the user name or password/));

  it('with the right certificate and the right password both work', async () => {
    for (const options of [
      { endpoints: [secure.endpoint], tls: clientTls() },
      { endpoints: [plain.endpoint], credentials: { username: 'root', password: 'correct horse' } },
    ]) {
      const storage = await openEtcdStorage(options);
      const revision: Revision = await storage.create(key('a'), bytes('1'));
      const watch = storage.watch('/faults/', asRevision(revision - 1));
      assert.equal(eventsOf(await readUntil(watch, revision)).length, 1);
      await storage.close();
    }
  });
});
