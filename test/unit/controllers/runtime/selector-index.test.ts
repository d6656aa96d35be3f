import assert from 'node:assert/strict';
import fc from 'fast-check';
import { matchesLabels } from '../../../../api/meta/labels.ts';
import type { LabelRequirement } from '../../../../api/meta/selectors.ts';
import { createSelectorIndex } from '../../../../controllers/runtime/selector-index.ts';

const word = fc.constantFrom('a', 'b', 'c');
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
);
const labels = fc.dictionary(word, word, { noNullPrototype: true });

describe('selector index', () => {
  it('finds exactly the selectors that match (property)', () => {
    const selectors = fc.array(
      fc.record({
        key: fc.constantFrom('g1', 'g2', 'g3', 'g4'),
        namespace: fc.constantFrom('n', 'm'),
        requirements: fc.array(requirement, { maxLength: 3 }),
        deleted: fc.boolean(),
      }),
    );
    fc.assert(
      fc.property(selectors, labels, (changes, subject) => {
        const index = createSelectorIndex();
        const model = new Map<string, (typeof changes)[number]>();
        for (const change of changes) {
          if (change.deleted) {
            index.delete(change.key);
            model.delete(change.key);
          } else {
            index.set(change.key, change.namespace, change.requirements);
            model.set(change.key, change);
          }
        }
        const expected = [...model.values()]
          .filter((s) => s.namespace === 'n' && matchesLabels(s.requirements, subject))
          .map((s) => s.key);
        assert.deepEqual(index.matching('n', subject).toSorted(), expected.toSorted());
      }),
    );
  });
});
