/** What the mirror makes of a v1 Service is what our own API accepts, as it stands: no default changes it. */
import assert from 'node:assert/strict';
import type { Kind } from '../../../../api/kind.ts';
import { fieldErrorMessage } from '../../../../api/meta/field-error.ts';
import type { KubeObject } from '../../../../api/meta/types.ts';
import { applyDefaults, prune, validateStructure } from '../../../../api/schema/structural.ts';
import { servicesKinds } from '../../../../api/services/v3alpha1/kinds.ts';
import { judgeFrontend } from '../../../../api/services/v3alpha1/service-port/frontend.ts';
import { fromV1 } from '../../../../controllers/mirror/from-v1.ts';
import { toV3 } from '../../../../controllers/mirror/to-v3.ts';
import { requires } from '../../../support/requirements.ts';
import { type Manifest, publicManifests, readManifests, served, syntheticManifests } from './manifests.ts';

function kindOf(object: KubeObject): Kind {
  const kind = servicesKinds.find((k) => k.kind === object.kind);
  assert.ok(kind, object.kind);
  return kind;
}

function assertAccepted(object: KubeObject): void {
  const { schema, strategy } = kindOf(object);
  const { value, unknownFields } = prune(object, schema);
  assert.deepEqual(unknownFields, []);
  const stored = applyDefaults(structuredClone(value), schema);
  const structural = validateStructure(stored, schema);
  assert.deepEqual(structural.map(fieldErrorMessage), []);
  strategy.prepareForCreate?.(stored);
  assert.deepEqual(strategy.validate(stored).map(fieldErrorMessage), []);
  assert.deepEqual(strategy.validateName(stored.metadata.name ?? ''), []);
  assert.deepEqual(stored, object, 'stored as it was written');
}

function suite(manifests: readonly Manifest[]): void {
  for (const [index, { source, service: manifest }] of manifests.entries()) {
    it(source, () => {
      const { groups, ports, policies } = toV3(fromV1(served(manifest, index + 1)).model, {});
      for (const object of [...groups, ...ports, ...policies]) assertAccepted(object);
      const verdicts = [...judgeFrontend(ports).values()].flat();
      const bad = verdicts.filter(({ type, status }) => status !== (type === 'Accepted' ? 'True' : 'False'));
      assert.deepEqual(bad, [], 'the ports of one Service agree');
    });
  }
}

describe('mirror: v3 objects are valid and agree with each other', () => {
  describe('synthetic manifests', () => suite(syntheticManifests()));
  describe('public manifests', () => {
    requires('shared-data');
    suite(readManifests(publicManifests));
  });
});
