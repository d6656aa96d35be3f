import assert from 'node:assert/strict';
import type { NodeTopology } from '../../../../api/services/v3alpha1/types.ts';
import { type NodeWorld, planNode, wellKnownKeys } from '../../../../controllers/topology/plan.ts';

const zone = 'topology.kubernetes.io/zone';
const node = (labels: Record<string, string>): NonNullable<NodeWorld['node']> => ({
  apiVersion: 'v1',
  kind: 'Node',
  metadata: { name: 'n1', labels },
});
const plan = (world: Partial<NodeWorld>) =>
  planNode({
    name: 'n1',
    node: undefined,
    live: undefined,
    hasEndpoints: false,
    keys: wellKnownKeys,
    ...world,
  });
const made = (labels: Record<string, string>): NodeTopology => {
  const created = plan({ node: node(labels) });
  assert.equal(created.kind, 'create');
  return created.object;
};

describe('planNode', () => {
  it('copies the listed keys and no other label', () => {
    const labels = { [zone]: 'a', 'kubernetes.io/hostname': 'n1', rack: 'r1', secret: 'x' };
    assert.deepEqual(made(labels).spec.topology, { [zone]: 'a', 'kubernetes.io/hostname': 'n1' });
    const more = plan({ node: node(labels), keys: [...wellKnownKeys, 'rack'] });
    assert.equal(more.kind === 'create' && more.object.spec.topology.rack, 'r1');
  });
  it('follows the labels, and rests when they are the same', () => {
    const live = made({ [zone]: 'a' });
    assert.equal(plan({ node: node({ [zone]: 'a', other: 'x' }), live }).kind, 'nothing');
    assert.equal(plan({ node: node({ [zone]: 'b' }), live }).kind, 'update');
  });
  it('stays until the last Endpoint of a vanished Node is gone', () => {
    const live = made({ [zone]: 'a' });
    assert.equal(plan({ live, hasEndpoints: true }).kind, 'nothing');
    assert.equal(plan({ live, hasEndpoints: false }).kind, 'delete');
  });
  it('leaves alone what people made for hosts that are not Nodes', () => {
    const live = { ...made({ [zone]: 'a' }), metadata: { name: 'n1' } };
    assert.equal(plan({ live }).kind, 'nothing');
  });
});
