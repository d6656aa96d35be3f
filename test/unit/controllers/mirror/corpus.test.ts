import assert from 'node:assert/strict';
import { fromV1 } from '../../../../controllers/mirror/from-v1.ts';
import { fromV3 } from '../../../../controllers/mirror/from-v3.ts';
import { homes } from '../../../../controllers/mirror/stash.ts';
import { toV1 } from '../../../../controllers/mirror/to-v1.ts';
import { toV3 } from '../../../../controllers/mirror/to-v3.ts';
import { requires } from '../../../support/requirements.ts';
import {
  type Manifest,
  publicManifests,
  readManifests,
  restorable,
  served,
  syntheticManifests,
} from './manifests.ts';

describe('mirror: every Service goes to v3 and back', () => {
  describe('synthetic manifests', () => suite(syntheticManifests()));

  describe('public manifests', () => {
    requires('shared-data');
    suite(readManifests(publicManifests));
  });
});

function suite(manifests: readonly Manifest[]): void {
  it('has Services', () => assert.ok(manifests.length > 40));

  for (const [index, { source, service: manifest }] of manifests.entries()) {
    const service = served(manifest, index + 1);
    const { model, stash } = fromV1(service);

    it(`${source}: comes back field by field`, () => {
      const objects = toV3(model, {});
      const back = fromV3({ namespace: model.namespace, name: model.name }, objects);
      assert.deepEqual(back.model, model, 'v3 carries the whole model');
      assert.deepEqual(toV3(back.model, back.names), objects, 'and its names');
      assert.deepEqual(restorable(toV1(back.model, stash).service), restorable(service));
    });

    it(`${source}: is read the same after the way back`, () => {
      const { service: back, lossy, slices } = toV1(model, stash);
      assert.deepEqual([lossy, slices], [[], []]);
      assert.deepEqual(fromV1(back), { model, stash });
    });

    it(`${source}: stashes only what the table of v1-only leaves names`, () => {
      for (const path of Object.keys(stash.unused)) {
        const field = path.replace(/^spec\./, '').replace(/\[.*/, '');
        assert.ok(Object.hasOwn(homes, field), path);
      }
    });
  }
}
