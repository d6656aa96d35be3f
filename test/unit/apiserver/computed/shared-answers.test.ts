import assert from 'node:assert/strict';
import type { SubsetPlace } from '../../../../api/services/v3alpha1/endpoint-subset/name.ts';
import type { EndpointSubset, ServiceGroup } from '../../../../api/services/v3alpha1/types.ts';
import { SharedAnswers } from '../../../../apiserver/computed/shared-answers.ts';
import type { Touched } from '../../../../apiserver/computed/subset-index.ts';
import type { SubsetSource } from '../../../../apiserver/computed/subset-source.ts';

const groupOf = (name: string): ServiceGroup => ({
  apiVersion: 'services.x-k8s.io/v3alpha1',
  kind: 'ServiceGroup',
  metadata: { name, namespace: 'shop' },
  spec: { network: 'default', publish: 'Ready' },
});
const any: SubsetPlace = { kind: 'any' };
const node: SubsetPlace = { kind: 'node', nodeName: 'n1' };
/** Nothing is read from it: the computation is the test's. */
const source = {} as SubsetSource;

function start() {
  const computed: string[] = [];
  let touch: (touched: Touched) => void = () => undefined;
  const index = {
    subscribe(listener: (touched: Touched) => void) {
      touch = listener;
      return () => undefined;
    },
  };
  const answers = new SharedAnswers(index, (_, group, place) => {
    computed.push(`${group.metadata.name} ${place.kind}`);
    return {
      apiVersion: 'services.x-k8s.io/v3alpha1',
      kind: 'EndpointSubset',
      metadata: { name: String(computed.length) },
    } as EndpointSubset;
  });
  const touched = (groups: readonly string[], nodes: readonly string[] = []): void =>
    touch({ groups: new Set(groups), nodes: new Set(nodes) });
  return { answers, computed, touched };
}

describe('shared answers', () => {
  it('compute once for every watch of a place', () => {
    const { answers, computed } = start();
    const watches = [answers.open(any), answers.open(any), answers.open(node)];
    const [first, second] = watches.map((watch) => watch.of(source, groupOf('web')));
    assert.equal(first, second);
    assert.deepEqual(computed, ['web any', 'web node']);
  });

  it('compute anew what was touched, and nothing else', () => {
    const { answers, computed, touched } = start();
    const watch = answers.open(any);
    const ask = (): void => {
      for (const name of ['web', 'db']) watch.of(source, groupOf(name));
    };
    ask();
    computed.length = 0;
    touched(['shop/db', 'elsewhere/web']);
    ask();
    assert.deepEqual(computed, ['db any']);
  });

  it('compute all of a node’s answers anew when the node changes', () => {
    const { answers, computed, touched } = start();
    const places = [any, node].map((place) => answers.open(place));
    const ask = (): void => {
      for (const place of places) place.of(source, groupOf('web'));
    };
    ask();
    computed.length = 0;
    touched([], ['n2']);
    ask();
    assert.deepEqual(computed, []);
    touched([], ['n1']);
    ask();
    assert.deepEqual(computed, ['web node']);
  });

  it('are kept for a place only while it is watched', () => {
    const { answers, computed } = start();
    const [one, other] = [answers.open(any), answers.open(any)];
    one.of(source, groupOf('web'));
    one.close();
    other.of(source, groupOf('web'));
    assert.equal(computed.length, 1);
    other.close();
    assert.equal(answers.places, 0);
    answers.open(any).of(source, groupOf('web'));
    assert.equal(computed.length, 2);
  });
});
