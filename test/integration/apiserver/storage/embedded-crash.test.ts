/** The embedded store and its process: kill -9, the lock, and directories that cannot be used. */
import assert from 'node:assert/strict';
import { type ChildProcessByStdio, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { openEmbeddedStorage } from '../../../../apiserver/storage/embedded/store.ts';
import { openTables } from '../../../../apiserver/storage/embedded/tables.ts';
import { isStorageError } from '../../../../apiserver/storage/errors.ts';
import type { StorageKey } from '../../../../apiserver/storage/storage.ts';
import { createManualClock } from '../../../../client/clock.ts';
import { asRevision, bytes, eventsOf, readUntil, revisionOfEvent, text } from '../../../suites/storage.ts';
import { type TemporaryFolder, temporaryFolder } from '../../../support/temporary-folder.ts';
import { waitFor } from '../../../support/wait.ts';

const WRITER = path.join(import.meta.dirname, 'embedded-writer.ts');
const FULL_DISK = path.join(import.meta.dirname, 'embedded-full-disk.ts');

type WriterProcess = ChildProcessByStdio<null, Readable, null>;

interface Acknowledged {
  readonly revision: number;
  readonly key: StorageKey;
  readonly value: string;
}

describe('embedded store: its process', () => {
  let folder: TemporaryFolder;
  let child: WriterProcess | undefined;
  beforeEach(() => {
    folder = temporaryFolder('embedded-crash');
  });
  afterEach(async () => {
    if (child !== undefined && child.exitCode === null && child.signalCode === null) {
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
    child = undefined;
    folder.remove();
  });

  const startWriter = (round: number): AsyncIterator<string> => {
    child = spawn(process.execPath, [WRITER, folder.join('data'), String(round)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    return createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  };

  const killWriter = async (): Promise<void> => {
    assert.ok(child !== undefined);
    const exited = once(child, 'exit');
    child.kill('SIGKILL');
    await exited;
  };

  it('kill -9 at any moment loses nothing that was acknowledged', async () => {
    const acknowledged: Acknowledged[] = [];
    for (let round = 0; round < 4; round++) {
      const lines = startWriter(round);
      for (let count = 0; count < 150 + round * 137; count++) await lines.next();
      await killWriter();
      // What the pipe still holds was acknowledged too.
      for (let line = await lines.next(); line.done !== true; line = await lines.next()) {
        const [revision, key, value] = line.value.split(' ');
        if (value !== undefined)
          acknowledged.push({ revision: Number(revision), key: key as StorageKey, value });
      }
      await checkStore(acknowledged);
    }
    assert.ok(acknowledged.length > 0);
  });

  async function checkStore(acknowledged: readonly Acknowledged[]): Promise<void> {
    const storage = await openEmbeddedStorage({ directory: folder.join('data') });
    try {
      const current = await storage.currentRevision();
      for (const { revision, key, value } of acknowledged) {
        const { entry } = await storage.get(key, { revision: asRevision(revision) });
        assert.deepEqual([entry?.revision, entry && text(entry.value)], [revision, value]);
      }
      const watch = storage.watch('/crash/', asRevision(1));
      const events = eventsOf(await readUntil(watch, current));
      watch.close();
      assert.deepEqual(
        events.map(revisionOfEvent),
        Array.from({ length: current - 1 }, (_, index) => index + 2),
      );
    } finally {
      await storage.close();
    }
  }

  it('a second process is told who has the directory, and gets it once that one is dead', async () => {
    const directory = folder.join('data');
    const lines = startWriter(0);
    await lines.next();
    await assert.rejects(openEmbeddedStorage({ directory }), (error) => {
      assert.ok(isStorageError(error, 'Locked'), String(error));
      assert.ok(
        error.message.includes(directory) && error.message.includes(`pid ${child?.pid}`),
        error.message,
      );
      return true;
    });
    await killWriter();
    const storage = await openEmbeddedStorage({ directory });
    await assert.rejects(openEmbeddedStorage({ directory }), (error) => isStorageError(error, 'Locked'));
    await storage.close();
    await (await openEmbeddedStorage({ directory })).close();
  });

  it('state, history and compaction survive a restart', async () => {
    const directory = folder.join('data');
    const key = '/t/core/things/ns/a' as StorageKey;
    const before = await openEmbeddedStorage({ directory });
    const first = await before.create(key, bytes('1'));
    const second = await before.update(key, bytes('2'), first);
    const third = await before.update(key, bytes('3'), second);
    await before.compact(second);
    await before.close();
    const after = await openEmbeddedStorage({ directory });
    assert.equal(await after.currentRevision(), third);
    assert.equal(text((await after.get(key, { revision: second })).entry?.value as Uint8Array), '2');
    await assert.rejects(after.get(key, { revision: first }), (error) => isStorageError(error, 'Compacted'));
    assert.equal(await after.update(key, bytes('4'), third), third + 1);
    await after.close();
  });

  it('a full disk refuses writes, keeps what was acknowledged, and ends nothing', function fullDisk() {
    if (process.platform === 'win32') this.skip();
    // A limit on the size of files stands in for the disk; its signal is ignored so that writes fail instead.
    const script = 'trap \'\' XFSZ; ulimit -f 4096; exec "$@"';
    const run = spawnSync('sh', ['-c', script, 'sh', process.execPath, FULL_DISK, folder.join('data')], {
      encoding: 'utf8',
    });
    assert.equal(run.status, 0, run.stderr);
    const { acknowledged, kept, revision, refusals } = JSON.parse(run.stdout);
    assert.ok(acknowledged > 0);
    assert.deepEqual([kept, revision], [acknowledged, acknowledged + 1]);
    assert.equal(refusals.length, 3);
    for (const refusal of refusals) assert.match(refusal, /^Unavailable: .*check its free space$/);
  });

  it('forgets old history on a timer', async () => {
    const clock = createManualClock();
    const storage = await openEmbeddedStorage({
      directory: folder.join('data'),
      clock,
      compactionMilliseconds: 1_000,
    });
    const key = '/t/core/things/ns/a' as StorageKey;
    const first = await storage.create(key, bytes('1'));
    const second = await storage.update(key, bytes('2'), first);
    const refused = (): Promise<boolean> =>
      storage.get(key, { revision: first }).then(
        () => false,
        (error) => isStorageError(error, 'Compacted'),
      );
    assert.equal(await refused(), false);
    await waitFor('two rounds of compaction', () => {
      clock.advance(1_000);
      return refused();
    });
    assert.equal(text((await storage.get(key, { revision: second })).entry?.value as Uint8Array), '2');
    await storage.close();
    assert.equal(clock.pending, 0);
  });

  it('compaction leaves nothing on the disk but what is current or still history', async () => {
    const directory = folder.join('data');
    const storage = await openEmbeddedStorage({ directory });
    const keys = Array.from({ length: 30 }, (_, index) => `/t/core/things/ns/n${index}` as StorageKey);
    let last = asRevision(0);
    for (const [index, key] of keys.entries()) {
      last = await storage.create(key, bytes('1'));
      for (let round = 0; round < 20; round++) last = await storage.update(key, bytes('2'), last);
      if (index % 2 === 0) last = await storage.delete(key, last);
    }
    await storage.compact(last);
    await storage.close();
    const tables = await openTables(directory);
    const rows = [tables.current, tables.versions, tables.log].map((table) => table.getKeysCount());
    await tables.root.close();
    assert.deepEqual(rows, [15, 15, 15]);
  });

  it('a directory that cannot be used is Unavailable with what to do', async () => {
    writeFileSync(folder.join('file'), '');
    await assert.rejects(openEmbeddedStorage({ directory: folder.join('file', 'data') }), (error) => {
      assert.ok(isStorageError(error, 'Unavailable'), String(error));
      assert.match(error.message, /file\/data cannot be used .*make it writable.*choose another$/);
      assert.ok(!error.message.includes('\n'));
      return true;
    });
  });

  it('data that is not its own is Corrupt, and left alone', async () => {
    const directory = folder.join('data');
    await (await openEmbeddedStorage({ directory })).close();
    writeFileSync(path.join(directory, 'data', 'data.mdb'), 'this is no database'.repeat(2_000));
    await assert.rejects(openEmbeddedStorage({ directory }), (error) => isStorageError(error, 'Corrupt'));
  });
});
