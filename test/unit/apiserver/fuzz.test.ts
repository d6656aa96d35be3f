/**
 * Hostile requests through the pipeline and everything behind it, without a socket. A failure prints fast-check's
 * seed and path: FUZZ_SEED repeats a run, FUZZ_RUNS makes it longer or shorter.
 */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { type HostileRequest, hostileRequests } from '../../support/fuzz/requests.ts';
import { fuzzSeed } from '../../support/fuzz/seed.ts';
import { type FuzzAnswer, type FuzzWorld, startFuzzWorld } from '../../support/fuzz/world.ts';

const RUNS = Number(process.env.FUZZ_RUNS ?? 20_000);
const SEED = fuzzSeed();
/** Requests between two looks at everything stored; between them the store's revision tells of any write. */
const LOOK_EVERY = 200;
/** Milliseconds, for 20,000 requests and a machine under load. */
const TIMEOUT = 240_000;
/** Bytes that the process may have grown by, with 3 MiB bodies, caches and the heap's slack: a leak would be more. */
const MAX_GROWTH = 600 * 1024 * 1024;

const reads = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE']);

/** 504: a revision that does not come; 501 has no place here. */
const isForeseen = (code: number): boolean => (code >= 200 && code < 500) || code === 504;

const describeRequest = ({ method, target, headers, body }: HostileRequest): string =>
  `${method} ${target.slice(0, 300)} ${JSON.stringify(headers).slice(0, 300)} ${body.subarray(0, 500).toString()}`;

describe('hostile requests without a socket', () => {
  let world: FuzzWorld;

  before(async () => {
    world = await startFuzzWorld();
  });
  after(() => world.stop());

  it('knows a valid object of every kind', async () => {
    const answers = await world.restock();
    assert.deepEqual(
      answers.filter(({ code }) => code !== 201),
      [],
    );
  });

  it(`answers ${RUNS} of them with seed ${SEED}: no 500, no write by a refused one, no pollution`, async function () {
    this.timeout(TIMEOUT);
    const unhandled: unknown[] = [];
    const note = (reason: unknown) => void unhandled.push(reason);
    process.on('unhandledRejection', note);
    const codes = new Map<number, number>();
    const before = process.memoryUsage.rss();
    let sent = 0;
    let quiet: string | undefined;
    try {
      await fc.assert(
        fc.asyncProperty(hostileRequests, async (request) => {
          if (sent % LOOK_EVERY === 0) {
            if (quiet !== undefined)
              assert.equal(await world.stored(), quiet, 'refused requests changed objects');
            await world.restock();
          }
          sent++;
          const revision = await world.storage.currentRevision();
          const answer = await world.send(request);
          const now = await world.storage.currentRevision();
          codes.set(answer.code, (codes.get(answer.code) ?? 0) + 1);
          check(request, answer, now !== revision);
          quiet = now === revision ? quiet : undefined;
          assert.deepEqual(unhandled, []);
        }),
        { numRuns: RUNS, seed: SEED, includeErrorInReport: true },
      );
    } finally {
      process.off('unhandledRejection', note);
    }
    if (process.env.FUZZ_REPORT === '1') console.log(codes, process.memoryUsage.rss() - before);
    assert.ok(process.memoryUsage.rss() - before < MAX_GROWTH, 'memory grew without bound');
    assert.ok((codes.get(200) ?? 0) > 0 && (codes.get(201) ?? 0) > 0, 'some requests must get through');
  });
});

function check(request: HostileRequest, { code, text, errors }: FuzzAnswer, wrote: boolean): void {
  const shown = () => `${code} ${text.slice(0, 300)} to ${describeRequest(request)}\n${errors.join('\n')}`;
  assert.ok(isForeseen(code), shown());
  assert.deepEqual(errors, [], shown());
  assert.doesNotMatch(text, /"code":500\b/, shown());
  if (code >= 400 || reads.has(request.method)) assert.equal(wrote, false, shown());
  assert.equal(Object.hasOwn(Object.prototype, 'polluted'), false, shown());
  assert.deepEqual(pollution(), [], shown());
}

const ownAtStart = new Set(Reflect.ownKeys(Object.prototype));
const pollution = (): PropertyKey[] =>
  [...Reflect.ownKeys(Object.prototype)].filter((key) => !ownAtStart.has(key));
