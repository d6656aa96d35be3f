import assert from 'node:assert/strict';
import fc from 'fast-check';
import { matchesLabels } from '../../../../api/meta/labels.ts';
import { type Labels, SelectorIndex } from '../../../../api/meta/selector-index.ts';
import type { LabelRequirement, LabelRequirements } from '../../../../api/meta/selectors.ts';

// Few words and names, so that things and selectors meet often.
const word = fc.constantFrom('a', 'b');
const number = fc.constantFrom('1', '2');
const requirement: fc.Arbitrary<LabelRequirement> = fc.oneof(
  fc.record({ key: word, operator: fc.constantFrom('=' as const, '!=' as const), values: fc.tuple(word) }),
  fc.record({
    key: word,
    operator: fc.constantFrom('in' as const, 'notin' as const),
    values: fc.uniqueArray(word, { minLength: 1 }),
  }),
  fc.record({
    key: word,
    operator: fc.constantFrom('exists' as const, '!exists' as const),
    values: fc.constant([]),
  }),
  fc.record({ key: word, operator: fc.constantFrom('<' as const, '>' as const), values: fc.tuple(number) }),
);
const requirements = fc.array(requirement, { maxLength: 2 });
const namespace = fc.constantFrom('n', 'n', 'n', 'm');
const selectorName = fc.constantFrom('s1', 's2');
const thingName = fc.constantFrom('t1', 't2');
const labels = fc.dictionary(fc.oneof(word, fc.constant('constructor')), fc.oneof(word, number), {
  noNullPrototype: true,
});

type Step =
  | { do: 'select'; namespace: string; name: string; requirements: LabelRequirements }
  | { do: 'unselect'; namespace: string; name: string }
  | { do: 'set'; namespace: string; name: string; labels: Labels }
  | { do: 'delete'; namespace: string; name: string };

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ do: fc.constant('select' as const), namespace, name: selectorName, requirements }),
  fc.record({ do: fc.constant('unselect' as const), namespace, name: selectorName }),
  fc.record({ do: fc.constant('set' as const), namespace, name: thingName, labels }),
  fc.record({ do: fc.constant('delete' as const), namespace, name: thingName }),
);

/** The same, by comparing all with all. */
class NaiveIndex {
  readonly selectors = new Map<
    string,
    { namespace: string; name: string; requirements: LabelRequirements }
  >();
  readonly things = new Map<string, { namespace: string; name: string; labels: Labels; version: number }>();

  matched(scope: string, needed: LabelRequirements): number[] {
    return [...this.things.values()]
      .filter((thing) => thing.namespace === scope && matchesLabels(needed, thing.labels))
      .map((thing) => thing.version)
      .toSorted();
  }

  matching(scope: string, carried: Labels | undefined): string[] {
    if (carried === undefined) return [];
    return [...this.selectors.values()]
      .filter((selector) => selector.namespace === scope && matchesLabels(selector.requirements, carried))
      .map((selector) => selector.name);
  }
}

/** Does a step in both. @returns the selectors it touched, as each says */
function take(change: Step, version: number, index: SelectorIndex<number>, naive: NaiveIndex) {
  const { namespace: scope, name } = change;
  const key = `${scope}/${name}`;
  const before = naive.matching(scope, naive.things.get(key)?.labels);
  switch (change.do) {
    case 'select':
      naive.selectors.set(key, change);
      index.setSelector(scope, name, change.requirements);
      return { touched: [], expected: [] };
    case 'unselect':
      naive.selectors.delete(key);
      index.deleteSelector(scope, name);
      return { touched: [], expected: [] };
    case 'set': {
      naive.things.set(key, { ...change, version });
      const touched = index.set(scope, name, change.labels, version);
      return { touched: [...touched], expected: [...before, ...naive.matching(scope, change.labels)] };
    }
    case 'delete':
      naive.things.delete(key);
      return { touched: [...index.delete(scope, name)], expected: before };
  }
}

describe('selector index', () => {
  it('has for each selector what comparing all with all finds, and tells whom a change touches (property, 1–3)', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40, size: 'max' }), requirements, (steps, query) => {
        const index = new SelectorIndex<number>();
        const naive = new NaiveIndex();
        steps.forEach((change, version) => {
          const { touched, expected } = take(change, version, index, naive);
          assert.deepEqual(touched.toSorted(), [...new Set(expected)].toSorted());
          for (const selector of naive.selectors.values()) {
            assert.deepEqual(
              index.matched(selector.namespace, selector.name).toSorted(),
              naive.matched(selector.namespace, selector.requirements),
            );
          }
        });
        assert.deepEqual(index.select('n', query).toSorted(), naive.matched('n', query));
      }),
      { numRuns: 500 },
    );
  });

  it('keeps nothing of what is deleted (property, 4)', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        const index = new SelectorIndex<number>();
        const naive = new NaiveIndex();
        steps.forEach((change, version) => {
          take(change, version, index, naive);
        });
        for (const { namespace: scope, name } of naive.selectors.values()) index.deleteSelector(scope, name);
        for (const { namespace: scope, name } of naive.things.values()) index.delete(scope, name);
        assert.equal(index.isEmpty, true);
      }),
    );
  });

  /** Requirements that count how often they are looked at. */
  function counted(looks: { count: number }, ...texts: readonly string[]): LabelRequirements {
    return texts.map((text) => {
      const [key = '', value = ''] = text.split('=');
      return {
        get key() {
          looks.count += 1;
          return key;
        },
        operator: '=' as const,
        values: [value],
      };
    });
  }

  it('looks at as many selectors as a change concerns, however many there are (1)', () => {
    const looksWith = (selectors: number): number => {
      const index = new SelectorIndex<string>();
      const looks = { count: 0 };
      for (let i = 0; i < selectors; i++) {
        // What charts write: one label that all share, and it comes first in the alphabet.
        index.setSelector('n', `s${i}`, counted(looks, 'a-chart=shop', `name=${i}`));
      }
      looks.count = 0;
      index.set('n', 't', { 'a-chart': 'shop', name: '7' }, 'thing');
      assert.deepEqual(index.matched('n', 's7'), ['thing']);
      return looks.count;
    };
    assert.equal(looksWith(1_000), looksWith(10));
  });

  it('looks at the carriers of the rarest label for a new selector (2)', () => {
    const looksWith = (things: number): number => {
      const index = new SelectorIndex<number>();
      const looks = { count: 0 };
      for (let i = 0; i < things; i++) index.set('n', `t${i}`, { 'a-chart': 'shop', name: String(i) }, i);
      index.setSelector('n', 's', counted(looks, 'a-chart=shop', 'name=7'));
      assert.deepEqual(index.matched('n', 's'), [7]);
      return looks.count;
    };
    assert.equal(looksWith(1_000), looksWith(10));
  });
});
