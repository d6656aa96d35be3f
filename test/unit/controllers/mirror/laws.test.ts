import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Base } from '../../../../controllers/mirror/base.ts';
import { fromV1 } from '../../../../controllers/mirror/from-v1.ts';
import { fromV3 } from '../../../../controllers/mirror/from-v3.ts';
import { fromLeaves, leaves } from '../../../../controllers/mirror/leaves.ts';
import type { ServiceModel } from '../../../../controllers/mirror/model.ts';
import { carriersOf, type Names } from '../../../../controllers/mirror/names.ts';
import { emptyStash } from '../../../../controllers/mirror/stash.ts';
import { toV1 } from '../../../../controllers/mirror/to-v1.ts';
import { toV3 } from '../../../../controllers/mirror/to-v3.ts';
import { serviceModel } from './models.ts';

/** fast-check prints seed and path of a failure, with which it can be run again. */
const RUNS = { numRuns: 400 };

const store = 'a-store';
const baseOf = (model: ServiceModel): Base => ({
  model,
  carried: toV1(model, emptyStash(model.type)).carried,
  v1: { uid: 'u' },
  store,
});

describe('mirror: laws of the model', () => {
  it('fromLeaves(leaves(m)) = m', () => {
    fc.assert(
      fc.property(serviceModel, (model) => assert.deepEqual(fromLeaves(model, leaves(model)), model)),
      RUNS,
    );
  });

  it('fromV3(toV3(m, n)) = (m, n)', () => {
    fc.assert(
      fc.property(serviceModel, fc.boolean(), (model, renamed) => {
        const { names: canonical } = fromV3(model, toV3(model, {}));
        const names = Object.fromEntries(
          Object.entries(canonical).map(([carrier, name], i) => [
            carrier,
            // Groups are known by name in the model; other objects may be called anything.
            {
              ...name,
              uid: `uid-${i}`,
              ...(renamed && !carrier.startsWith('groups[') ? { name: `x${i}` } : {}),
            },
          ]),
        ) as Names;
        assert.deepEqual(fromV3(model, toV3(model, names)), { model, names });
      }),
      RUNS,
    );
  });

  it('fromV1(toV1(m, s)) = m but for what v1 does not carry exactly, and all of m with base', () => {
    fc.assert(
      fc.property(serviceModel, (model) => {
        const stash = emptyStash(model.type);
        const { service, carried } = toV1(model, stash);
        const read = fromV1(service);
        const back = leaves(read.model);
        for (const [path, value] of leaves(model)) {
          if (carried[path] !== undefined || path.startsWith('groups[') || path.startsWith('status.'))
            continue;
          assert.deepEqual(back.get(path), value, path);
        }
        // What is asked for counts as allocated once v1 has it; v1 is right about its status.
        const { status, ...facts } = fromV1(service, baseOf(model)).model;
        const { status: before, ...expected } = model;
        assert.deepEqual(facts, expected);
        assert.deepEqual([status.ingress, status.conditions], [before.ingress, before.conditions]);
      }),
      RUNS,
    );
  });

  it('an edit in v1 is one: base does not hide it', () => {
    fc.assert(
      fc.property(serviceModel, (model) => {
        const { service } = toV1(model, emptyStash(model.type));
        const labels = { ...service.metadata.labels, edited: 'yes' };
        const edited = { ...service, metadata: { ...service.metadata, labels } };
        assert.deepEqual(fromV1(edited, baseOf(model)).model.labels, labels);
      }),
      RUNS,
    );
  });

  it('every leaf of a frontend that has one is carried by an object', () => {
    fc.assert(
      fc.property(serviceModel, (model) => {
        const { names } = fromV3(model, toV3(model, {}));
        for (const path of leaves(model).keys()) {
          for (const carrier of carriersOf(model, path))
            assert.ok(names[carrier] !== undefined, `${path}: ${carrier}`);
        }
        assert.ok(carriersOf(model, 'type').length > 0);
      }),
      RUNS,
    );
  });
});
