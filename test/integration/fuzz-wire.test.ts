/**
 * Hostile requests over TLS, by both protocols, and bytes that are no requests. FUZZ_SEED repeats a run,
 * FUZZ_WIRE_RUNS makes it longer or shorter. `test/unit/apiserver/fuzz.test.ts` does the bulk without a socket.
 */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { pino } from 'pino';
import type { Engine } from '../../apiserver/engine.ts';
import { openEmbeddedStorage } from '../../apiserver/storage/embedded/store.ts';
import type { Storage } from '../../apiserver/storage/storage.ts';
import { systemClock } from '../../client/clock.ts';
import { brokenHttp1, brokenHttp2 } from '../support/fuzz/frames.ts';
import { type HostileRequest, hostileRequests } from '../support/fuzz/requests.ts';
import { samples } from '../support/fuzz/samples.ts';
import { fuzzSeed } from '../support/fuzz/seed.ts';
import { type HostileWire, hostileWire } from '../support/fuzz/wire.ts';
import { everythingIn, fuzzEngine } from '../support/fuzz/world.ts';
import { type ServerFixture, startServer } from '../support/server-fixture.ts';
import { type TemporaryFolder, temporaryFolder } from '../support/temporary-folder.ts';
import { protocols } from '../support/wire-client.ts';

const RUNS = Number(process.env.FUZZ_WIRE_RUNS ?? 2_000);
const SEED = fuzzSeed();
/** Of these, bytes that are no requests. */
const BROKEN = Math.ceil(RUNS / 10);
/** Bytes; see the unit suite. */
const MAX_GROWTH = 600 * 1024 * 1024;

/** Reads at revisions that never come wait three seconds each; the unit suite lets that time pass. */
const isQuick = ({ target }: HostileRequest): boolean => !/resourceVersion=\d{6}/.test(target);

describe('hostile requests over the wire', () => {
  const unforeseen: unknown[] = [];
  const note = (reason: unknown) => void unforeseen.push(reason);
  let folder: TemporaryFolder;
  let storage: Storage;
  let engine: Engine;
  let fixture: ServerFixture;
  let wire: HostileWire;

  before(async () => {
    folder = temporaryFolder('fuzz-wire');
    storage = await openEmbeddedStorage({ directory: folder.join('store') });
    engine = fuzzEngine(storage, systemClock, pino({ level: 'silent' }));
    await engine.start();
    fixture = await startServer({ resources: engine.handler, kinds: engine.kinds });
    const admin = await fixture.client('root', ['system:masters']);
    wire = hostileWire(fixture.server.url, { ca: fixture.servingCa.cert, ...admin });
    process.on('unhandledRejection', note);
  });

  after(async () => {
    process.off('unhandledRejection', note);
    wire.close();
    await fixture.server.close({ delay: 0, drain: 100 });
    await engine.stop();
    await storage.close();
    folder.remove();
  });

  const restock = async () => {
    for (const { path, object } of samples) {
      const body = Buffer.from(JSON.stringify(object));
      const headers = { 'content-type': 'application/json' };
      await wire.send('h2', { method: 'POST', target: path, headers, body });
    }
  };

  it(`answers ${RUNS - BROKEN} of them with seed ${SEED}: no 500, no write by a refused one`, async () => {
    await restock();
    const before = process.memoryUsage.rss();
    const codes = new Map<number, number>();
    const requests = fc.tuple(fc.constantFrom(...protocols), hostileRequests.filter(isQuick));
    await fc.assert(
      fc.asyncProperty(requests, async ([protocol, request]) => {
        const stored = await everythingIn(storage);
        const code = await wire.send(protocol, request);
        // Only what is no request of the protocol (h2 knows no other target than a path) goes without an answer.
        const described = `${protocol} ${request.method} ${request.target.slice(0, 500)}`;
        if (code === 0) assert.ok(!request.target.startsWith('/'), `no answer to ${described}`);
        codes.set(code, (codes.get(code) ?? 0) + 1);
        assert.ok(code < 500 || code === 504, `${code} to ${described}`);
        if (code >= 400) assert.ok((await everythingIn(storage)) === stored, `${code}, but it was written`);
        assert.deepEqual(unforeseen, []);
      }),
      { numRuns: RUNS - BROKEN, seed: SEED, includeErrorInReport: true },
    );
    if (process.env.FUZZ_REPORT === '1') console.log(codes, process.memoryUsage.rss() - before);
    assert.ok((codes.get(200) ?? 0) > 0, 'some requests must get through');
    assert.ok(process.memoryUsage.rss() - before < MAX_GROWTH, 'memory grew without bound');
  });

  it(`survives ${BROKEN} connections of nonsense with seed ${SEED}, and serves everybody else`, async () => {
    await restock();
    const stored = await everythingIn(storage);
    const nonsense = fc.oneof(
      brokenHttp1.map((bytes) => ({ protocol: 'http/1.1' as const, bytes })),
      brokenHttp2.map((bytes) => ({ protocol: 'h2' as const, bytes })),
    );
    await fc.assert(
      fc.asyncProperty(nonsense, async ({ protocol, bytes }) => {
        await wire.throwAt(protocol, bytes);
        assert.deepEqual(unforeseen, []);
      }),
      { numRuns: BROKEN, seed: SEED, includeErrorInReport: true },
    );
    const healthy = { method: 'GET', target: '/livez', headers: {}, body: Buffer.alloc(0) };
    for (const protocol of protocols) assert.equal(await wire.send(protocol, healthy), 200);
    assert.equal(await everythingIn(storage), stored);
  });
});
