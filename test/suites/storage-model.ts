/** Random histories against a model of the storage contract that is too simple to be wrong. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { isStorageError } from '../../apiserver/storage/errors.ts';
import type { Revision, Storage, StorageKey } from '../../apiserver/storage/storage.ts';
import {
  asRevision,
  bytes,
  describeEntry,
  describeEvent,
  eventsOf,
  readUntil,
  type StorageTestContext,
} from './storage.ts';

/** Random histories per run. */
const RUNS = 25;
const NAMES = ['a', 'ab', 'b', 'c/x', 'c/y'] as const;

type Step =
  | {
      readonly type: 'create' | 'update' | 'delete';
      readonly name: (typeof NAMES)[number];
      readonly stale: boolean;
    }
  | { readonly type: 'compact'; readonly back: number };

const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    {
      weight: 12,
      arbitrary: fc.record({
        type: fc.constantFrom('create' as const, 'update' as const, 'delete' as const),
        name: fc.constantFrom(...NAMES),
        stale: fc.boolean(),
      }),
    },
    { weight: 1, arbitrary: fc.record({ type: fc.constant('compact' as const), back: fc.nat(6) }) },
  ),
  { minLength: 1, maxLength: 60 },
);

interface Version {
  readonly key: StorageKey;
  readonly revision: number;
  /** Undefined: deleted. */
  readonly value: string | undefined;
}

/** All that ever happened, in order. */
class Model {
  readonly versions: Version[] = [];
  revision: number;
  compacted = 0;

  constructor(revision: number) {
    this.revision = revision;
  }

  at(key: StorageKey, revision: number): Version | undefined {
    const found = this.versions.findLast((version) => version.key === key && version.revision <= revision);
    return found?.value === undefined ? undefined : found;
  }

  all(revision: number): Version[] {
    const keys = [...new Set(this.versions.map((version) => version.key))].toSorted();
    return keys.flatMap((key) => this.at(key, revision) ?? []);
  }

  write(key: StorageKey, value: string | undefined): void {
    this.versions.push({ key, revision: ++this.revision, value });
  }

  describeEvents(after: number): string[] {
    return this.versions
      .filter((version) => version.revision > after)
      .map((version) => {
        const before = this.at(version.key, version.revision - 1);
        const was = before === undefined ? '' : ` (was ${describeVersion(before)})`;
        return version.value === undefined
          ? `delete ${version.key}@${version.revision}${was}`
          : `put ${describeVersion(version)}${was}`;
      });
  }
}

function describeVersion(version: Version): string {
  return `${version.key}=${version.value}@${version.revision}`;
}

export function storageModelTests(context: () => StorageTestContext): void {
  it('agrees with a simple model over random histories', async () => {
    const seed = Number(process.env.TEST_SEED ?? Date.now() % 2 ** 31);
    let run = 0;
    await fc.assert(
      fc.asyncProperty(steps, async (history) => {
        const { storage, resource } = context();
        // fast-check shrinks in the same store: each history has a folder of its own.
        const scope = `${resource}run-${run++}/`;
        const model = new Model(await storage.currentRevision());
        const start = model.revision;
        for (const [index, step] of history.entries()) await takeStep(storage, scope, model, step, index);
        await compareStates(storage, scope, model, start);
        await compareWatch(storage, scope, model, Math.max(start, model.compacted));
      }),
      { seed, numRuns: RUNS },
    );
    // fast-check tells the seed of a failure itself: TEST_SEED repeats it.
  });
}

async function takeStep(
  storage: Storage,
  scope: string,
  model: Model,
  step: Step,
  index: number,
): Promise<void> {
  if (step.type === 'compact') {
    const revision = Math.max(1, model.revision - step.back);
    await storage.compact(asRevision(revision));
    model.compacted = Math.max(model.compacted, revision);
    return;
  }
  const key = (scope + step.name) as StorageKey;
  const current = model.at(key, model.revision);
  const expected = asRevision((current?.revision ?? model.revision) - (step.stale ? 1 : 0));
  const outcome = await outcomeOf(write(storage, step.type, key, `v${index}`, expected));
  assert.equal(outcome, expectedOutcome(model, step, current));
  if (typeof outcome === 'number') model.write(key, step.type === 'delete' ? undefined : `v${index}`);
}

function write(
  storage: Storage,
  type: 'create' | 'update' | 'delete',
  key: StorageKey,
  value: string,
  expected: Revision,
): Promise<Revision> {
  if (type === 'create') return storage.create(key, bytes(value));
  return type === 'update' ? storage.update(key, bytes(value), expected) : storage.delete(key, expected);
}

function expectedOutcome(model: Model, step: Step, current: Version | undefined): number | string {
  if (step.type === 'create') return current === undefined ? model.revision + 1 : 'KeyExists';
  if (current === undefined) return 'NotFound';
  return step.type !== 'compact' && step.stale ? 'Conflict' : model.revision + 1;
}

async function outcomeOf(written: Promise<Revision>): Promise<number | string> {
  try {
    return await written;
  } catch (error) {
    if (isStorageError(error)) return error.code;
    throw error;
  }
}

async function compareStates(storage: Storage, scope: string, model: Model, start: number): Promise<void> {
  for (let at = Math.max(start, model.compacted); at <= model.revision; at++) {
    const revision = asRevision(at);
    const expected = model.all(at).map(describeVersion);
    const whole = await storage.range(scope, { revision });
    assert.deepEqual(whole.entries.map(describeEntry), expected, `the state at ${at}`);
    const page = await storage.range(scope, { revision, limit: 2, after: (scope + NAMES[0]) as StorageKey });
    const behind = model.all(at).filter((version) => version.key > scope + NAMES[0]);
    assert.deepEqual(page.entries.map(describeEntry), behind.slice(0, 2).map(describeVersion));
    assert.equal(page.remaining, Math.max(0, behind.length - 2));
    for (const name of NAMES) {
      const { entry } = await storage.get((scope + name) as StorageKey, { revision });
      const version = model.at((scope + name) as StorageKey, at);
      assert.equal(entry && describeEntry(entry), version && describeVersion(version));
    }
  }
}

async function compareWatch(storage: Storage, scope: string, model: Model, after: number): Promise<void> {
  const watch = storage.watch(scope, asRevision(after));
  watch.requestProgress();
  const events = model.revision === after ? [] : eventsOf(await readUntil(watch, model.revision));
  watch.close();
  assert.deepEqual(events.map(describeEvent), model.describeEvents(after));
}
