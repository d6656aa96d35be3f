/** Outcomes and texts are those of apimachinery `pkg/util/strategicpatch` v0.36.3. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { isReason } from '../../../../api/meta/api-error.ts';
import type { JsonSchema } from '../../../../api/schema/json-schema.ts';
import { hasMember, isJsonObject, type JsonObject } from '../../../../apiserver/patch/json-value.ts';
import { mergeMetadata } from '../../../../apiserver/patch/merge-metadata.ts';
import { strategicMergePatch } from '../../../../apiserver/patch/strategic-merge.ts';

const text: JsonSchema = { type: 'string' };
const merged = { 'x-kubernetes-patch-strategy': 'merge' } as const;
const volume: JsonSchema = {
  type: 'object',
  properties: { name: text, path: text, size: { type: 'integer' } },
};

const schema: JsonSchema = {
  type: 'object',
  properties: {
    ports: {
      type: 'array',
      ...merged,
      'x-kubernetes-patch-merge-key': 'port',
      items: {
        type: 'object',
        properties: {
          port: { type: 'integer' },
          name: text,
          tags: { type: 'array', ...merged, items: text },
        },
      },
    },
    volumes: {
      type: 'array',
      'x-kubernetes-patch-strategy': 'merge,retainKeys',
      'x-kubernetes-patch-merge-key': 'name',
      items: volume,
    },
    keyless: { type: 'array', ...merged, items: volume },
    finalizers: { type: 'array', ...merged, items: text },
    addresses: { type: 'array', items: text },
    labels: { type: 'object', additionalProperties: text },
    whole: { type: 'object', 'x-kubernetes-patch-strategy': 'replace', properties: { a: text, b: text } },
    byName: {
      type: 'object',
      additionalProperties: {
        type: 'object',
        properties: { finalizers: { type: 'array', ...merged, items: text } },
      },
    },
    name: text,
  },
};

const patched = (original: JsonObject, patch: unknown): JsonObject =>
  strategicMergePatch(original, patch, schema);

type Row = readonly [what: string, original: JsonObject, patch: JsonObject, outcome: JsonObject];

const maps: readonly Row[] = [
  ['sets and adds', { name: 'a' }, { name: 'b', labels: { x: '1' } }, { name: 'b', labels: { x: '1' } }],
  [
    'null removes',
    { name: 'a', labels: { x: '1', y: '2' } },
    { labels: { x: null } },
    { name: 'a', labels: { y: '2' } },
  ],
  ['null adds nothing', {}, { name: null, labels: { x: null, y: '1' } }, { labels: { y: '1' } }],
  ['another type replaces', { labels: { x: '1' } }, { labels: 'x' }, { labels: 'x' }],
  [
    '$patch: replace',
    { labels: { x: '1' } },
    { labels: { $patch: 'replace', y: '2' } },
    { labels: { y: '2' } },
  ],
  ['$patch: delete', { labels: { x: '1' } }, { labels: { $patch: 'delete', y: '2' } }, { labels: {} }],
  ['$patch of what is not there', { name: 'a' }, { labels: { $patch: 'replace', y: '2' } }, { name: 'a' }],
  [
    '$retainKeys',
    { labels: { x: '1', y: '2' } },
    { labels: { $retainKeys: ['y', 'z'], z: '3' } },
    { labels: { y: '2', z: '3' } },
  ],
  ['the strategy replace', { whole: { a: '1' } }, { whole: { b: '2' } }, { whole: { b: '2' } }],
  [
    'a list in a map of objects',
    { byName: { a: { finalizers: ['x'] } } },
    { byName: { a: { finalizers: ['y'] } } },
    { byName: { a: { finalizers: ['y', 'x'] } } },
  ],
  [
    'what the schema does not know, in parts',
    { other: { a: 1, l: [1] } },
    { other: { b: 2, l: [2] } },
    { other: { a: 1, b: 2, l: [2] } },
  ],
];

const lists: readonly Row[] = [
  ['without a strategy are replaced', { addresses: ['a', 'b'] }, { addresses: ['c'] }, { addresses: ['c'] }],
  [
    'of objects merge by key',
    { ports: [{ port: 1, name: 'a' }, { port: 2 }] },
    { ports: [{ port: 2, name: 'b' }] },
    {
      ports: [
        { port: 1, name: 'a' },
        { port: 2, name: 'b' },
      ],
    },
  ],
  [
    'merge inside their items',
    { ports: [{ port: 1, tags: ['a'] }] },
    { ports: [{ port: 1, tags: ['b'] }] },
    { ports: [{ port: 1, tags: ['b', 'a'] }] },
  ],
  [
    'new items come first, where no order is asked for',
    { ports: [{ port: 1 }] },
    { ports: [{ port: 2 }] },
    { ports: [{ port: 2 }, { port: 1 }] },
  ],
  [
    '$patch: delete takes every item of the key',
    { ports: [{ port: 1 }, { port: 2 }, { port: 1 }] },
    { ports: [{ port: 1, $patch: 'delete' }] },
    { ports: [{ port: 2 }] },
  ],
  [
    '$patch: delete of nothing',
    { ports: [{ port: 1 }] },
    { ports: [{ port: 9, $patch: 'delete' }] },
    { ports: [{ port: 1 }] },
  ],
  [
    '$patch: delete in a new list',
    {},
    { ports: [{ port: 1, $patch: 'delete' }, { port: 2 }] },
    { ports: [{ port: 2 }] },
  ],
  [
    '$patch: replace',
    { ports: [{ port: 1 }] },
    { ports: [{ port: 2 }, { $patch: 'replace' }] },
    { ports: [{ port: 2 }] },
  ],
  ['the last item goes', { ports: [{ port: 1 }] }, { ports: [{ port: 1, $patch: 'delete' }] }, { ports: [] }],
  [
    '$retainKeys in an item',
    { volumes: [{ name: 'v', path: '/x' }] },
    { volumes: [{ $retainKeys: ['name', 'size'], name: 'v', size: 1 }] },
    { volumes: [{ name: 'v', size: 1 }] },
  ],
  [
    '$setElementOrder alone sorts',
    { ports: [{ port: 1 }, { port: 2 }, { port: 3 }] },
    { '$setElementOrder/ports': [{ port: 3 }, { port: 1 }] },
    { ports: [{ port: 2 }, { port: 3 }, { port: 1 }] },
  ],
  [
    '$setElementOrder with changes',
    { ports: [{ port: 1 }, { port: 2 }] },
    {
      '$setElementOrder/ports': [{ port: 3 }, { port: 1 }],
      ports: [{ port: 3 }, { port: 2, $patch: 'delete' }],
    },
    { ports: [{ port: 3 }, { port: 1 }] },
  ],
  [
    'a new item takes up the room that a deleted one left',
    { ports: [{ port: 1 }, { port: 2 }, { port: 3 }] },
    {
      '$setElementOrder/ports': [{ port: 2 }, { port: 4 }],
      ports: [{ port: 4 }, { port: 1, $patch: 'delete' }],
    },
    { ports: [{ port: 2 }, { port: 3 }, { port: 4 }] },
  ],
  ['$setElementOrder of what is not there', {}, { '$setElementOrder/ports': [{ port: 1 }] }, {}],
  [
    '$setElementOrder of a new list',
    {},
    { '$setElementOrder/ports': [{ port: 2 }, { port: 1 }], ports: [{ port: 2 }, { port: 1 }] },
    { ports: [{ port: 2 }, { port: 1 }] },
  ],
  ['$setElementOrder of an empty list', { ports: [] }, { '$setElementOrder/ports': [] }, { ports: [] }],
  [
    '$setElementOrder of a replaced list',
    { addresses: ['a'] },
    { '$setElementOrder/addresses': ['c', 'b'], addresses: ['c', 'b'] },
    { addresses: ['c', 'b'] },
  ],
  [
    'of scalars are united',
    { finalizers: ['a', 'b'] },
    { finalizers: ['c', 'b'] },
    { finalizers: ['c', 'a', 'b'] },
  ],
  [
    '$deleteFromPrimitiveList',
    { finalizers: ['a', 'b', 'c'] },
    { '$deleteFromPrimitiveList/finalizers': ['b', 'x'] },
    { finalizers: ['a', 'c'] },
  ],
  ['$deleteFromPrimitiveList of what is not there', {}, { '$deleteFromPrimitiveList/finalizers': ['b'] }, {}],
  [
    'order and deletion of scalars',
    { finalizers: ['a', 'b', 'c'] },
    {
      '$deleteFromPrimitiveList/finalizers': ['b'],
      '$setElementOrder/finalizers': ['c', 'd'],
      finalizers: ['d'],
    },
    { finalizers: ['a', 'c', 'd'] },
  ],
  [
    'directives in what is new have nothing left to do',
    {},
    { other: { '$setElementOrder/l': [1], $retainKeys: ['l'], l: [1] } },
    { other: { l: [1] } },
  ],
];

const refused: readonly (readonly [original: JsonObject, patch: unknown, message: string])[] = [
  [{}, [], 'json: cannot unmarshal array into Go value of type map[string]interface {}'],
  [
    { labels: {} },
    { labels: { $patch: 'merge', a: 'b' } },
    'unknown patch type: merge in map: map[$patch:merge a:b]',
  ],
  [
    { ports: [{ port: 1 }] },
    { ports: [{ name: 'a' }] },
    'map: map[name:a] does not contain declared merge key: port',
  ],
  [
    { ports: [{ port: 1 }] },
    { ports: [{ $patch: 'delete', z: null }] },
    'map: map[$patch:delete z:<nil>] does not contain declared merge key: port',
  ],
  [
    { ports: [{ port: 1 }] },
    { ports: [{ port: 1, $patch: 'merge' }] },
    'merging lists cannot yet be specified in the patch',
  ],
  [
    { ports: [{ port: 1 }] },
    { ports: [{ port: 1, $patch: 'x' }] },
    'unknown patch type: x in map: map[$patch:x port:1]',
  ],
  [{ ports: [{ port: 1 }] }, { ports: ['a'] }, 'list element types are not identical: [[map[port:1]] [a]]'],
  [
    { ports: [{ port: 1 }] },
    { ports: [null] },
    'list element types are not identical: [[map[port:1]] [<nil>]]',
  ],
  [
    { keyless: [{ name: 'a' }] },
    { keyless: [{ name: 'b' }] },
    'cannot merge lists without merge key for object',
  ],
  [
    { keyless: [{ name: 'a' }] },
    { keyless: [{ name: 'b' }], '$setElementOrder/keyless': [{}] },
    'invalid patch format of setElementOrder list',
  ],
  [{ labels: {} }, { labels: { $retainKeys: 'x' } }, 'invalid patch format of retainKeys'],
  [{ labels: {} }, { labels: { $retainKeys: ['x'], y: '1' } }, 'invalid patch format of retainKeys'],
  [{}, { $deleteFromPrimitiveList: [] }, 'invalid patch format of primitive list'],
  [
    { finalizers: ['a'] },
    { '$deleteFromPrimitiveList/finalizers': 'a' },
    'invalid patch format of primitive list',
  ],
  [{}, { '$setElementOrder-ports': [] }, 'invalid patch format of setElementOrder list'],
  [{}, { '$setElementOrder/ports': {} }, 'expected a []interface {}, but received a map[string]interface {}'],
  [{ ports: 1 }, { '$setElementOrder/ports': [] }, 'expected a []interface {}, but received a int64'],
  [
    {},
    { '$setElementOrder/ports': [{ port: 1 }], ports: ['a'] },
    'expected a map[string]interface {}, but received a string',
  ],
  [
    { finalizers: ['a'] },
    { '$setElementOrder/finalizers': ['a', 'b'], finalizers: ['b', 'a'] },
    "The order in patch list:\n[b a]\n doesn't match $setElementOrder list:\n[a b]\n",
  ],
];

describe('strategic merge patch', () => {
  for (const [name, rows] of [
    ['objects', maps],
    ['lists', lists],
  ] as const) {
    describe(name, () => {
      for (const [what, original, patch, outcome] of rows) {
        it(what, () => assert.deepEqual(patched(original, patch), outcome));
      }
    });
  }

  it('400, in upstream’s words, for what makes no sense', () => {
    for (const [original, patch, message] of refused) {
      assert.throws(
        () => patched(original, patch),
        (error) => isReason(error, 'BadRequest') && error.message === message,
        `${JSON.stringify(patch)} ≠ ${message}`,
      );
    }
  });

  it('422 for lists of lists', () => {
    assert.throws(
      () => patched({ finalizers: [['a']] }, { finalizers: [['b']] }),
      (error) => isReason(error, 'Invalid') && error.message === 'lists of lists are not supported',
    );
  });

  it('takes names of a prototype’s members as keys', () => {
    const original = JSON.parse('{"labels":{"__proto__":"1","constructor":"2"}}') as JsonObject;
    const patch = JSON.parse(
      '{"__proto__":{"polluted":true},"labels":{"__proto__":"3","toString":"4","$deleteFromPrimitiveList/valueOf":["x"]}}',
    ) as JsonObject;
    const outcome = patched(original, patch);
    assert.equal(
      JSON.stringify(outcome),
      '{"labels":{"__proto__":"3","constructor":"2","toString":"4"},"__proto__":{"polluted":true}}',
    );
    assert.equal(Object.getPrototypeOf(outcome), Object.prototype);
    assert.equal(({} as JsonObject).polluted, undefined);
  });

  it('changes neither the original nor the patch', () => {
    for (const [, original, patch] of [...maps, ...lists]) {
      const before = structuredClone([original, patch]);
      patched(original, patch);
      assert.deepEqual([original, patch], before);
    }
  });

  it('does with 10,000 items what it does with a few, in time', () => {
    const items = (from: number) => Array.from({ length: 10_000 }, (_, i) => ({ port: from + i }));
    const outcome = patched(
      { ports: items(0) },
      { ports: items(5000), '$setElementOrder/ports': items(5000) },
    );
    assert.equal((outcome.ports as unknown[]).length, 15_000);
  });

  const unique = <T>(items: fc.Arbitrary<T>, selector: (item: T) => unknown) =>
    fc.uniqueArray(items, { selector, maxLength: 5 });
  const word = fc.constantFrom('a', 'b', 'c', 'd', '__proto__');
  const words = unique(word, (w) => w);
  const port = fc.record(
    { port: fc.nat(6), name: word, tags: words.filter((tags) => tags.length > 0) },
    { requiredKeys: ['port'] },
  );
  const object = fc
    .record(
      {
        ports: unique(port, (p) => p.port),
        finalizers: words,
        addresses: words,
        labels: fc.dictionary(word, word),
        name: word,
      },
      { requiredKeys: [] },
    )
    // As a decoder makes it.
    .map((value) => JSON.parse(JSON.stringify(value)) as JsonObject);

  it('with the difference between two objects makes one of the other (property)', () => {
    fc.assert(
      fc.property(object, object, (original, target) => {
        assert.deepEqual(patched(original, difference(original, target, schema)), target);
      }),
    );
  });

  it('of the difference changes nothing the second time (property)', () => {
    fc.assert(
      fc.property(object, object, (original, target) => {
        const patch = difference(original, target, schema);
        const once = patched(original, patch);
        assert.deepEqual(patched(once, patch), once);
      }),
    );
  });

  it('answers whatever is sent with an object or an ApiError (property)', () => {
    const directive = fc.constantFrom(
      '$patch',
      '$retainKeys',
      '$setElementOrder/ports',
      '$setElementOrder/finalizers',
      '$deleteFromPrimitiveList/finalizers',
      'ports',
      'finalizers',
      'port',
      'labels',
      '__proto__',
    );
    const { hostile } = fc.letrec((tie) => ({
      hostile: fc.oneof(
        { maxDepth: 4 },
        fc.constantFrom('replace', 'delete', 'merge', 'a', 1, null, true),
        fc.array(tie('hostile'), { maxLength: 3 }),
        fc.dictionary(directive, tie('hostile'), { maxKeys: 4 }),
      ),
    }));
    fc.assert(
      fc.property(object, hostile, (original, patch) => {
        try {
          assert.ok(isJsonObject(patched(original, JSON.parse(JSON.stringify(patch)))));
        } catch (error) {
          assert.ok(isReason(error, 'BadRequest', 'Invalid'), String(error));
        }
      }),
      { numRuns: 1000 },
    );
    assert.equal(({} as JsonObject).polluted, undefined);
  });
});

/** What kubectl would send: nulls for what goes, deletions and the whole order of lists that merge. */
function difference(original: JsonObject, target: JsonObject, parent: JsonSchema): JsonObject {
  const patch: [string, unknown][] = [];
  for (const key of Object.keys(original)) if (!hasMember(target, key)) patch.push([key, null]);
  for (const [key, value] of Object.entries(target)) {
    const current = hasMember(original, key) ? original[key] : undefined;
    const { schema: part, strategy, mergeKey } = mergeMetadata(parent, key);
    if (isJsonObject(value) && isJsonObject(current)) patch.push([key, difference(current, value, part)]);
    else if (Array.isArray(value) && Array.isArray(current) && strategy === 'merge') {
      patch.push(...listDifference(key, current, value, part, mergeKey));
    } else patch.push([key, value]);
  }
  return Object.fromEntries(patch);
}

function listDifference(
  key: string,
  current: readonly unknown[],
  value: readonly unknown[],
  items: JsonSchema,
  mergeKey: string,
): [string, unknown][] {
  if (mergeKey === '') {
    return [
      [`$deleteFromPrimitiveList/${key}`, current.filter((item) => !value.includes(item))],
      [`$setElementOrder/${key}`, value],
      [key, value.filter((item) => !current.includes(item))],
    ];
  }
  const [before, after] = [current as JsonObject[], value as JsonObject[]];
  const find = (list: readonly JsonObject[], item: JsonObject) =>
    list.find((other) => other[mergeKey] === item[mergeKey]);
  const gone = before.filter((item) => find(after, item) === undefined);
  return [
    [`$setElementOrder/${key}`, after.map((item) => ({ [mergeKey]: item[mergeKey] }))],
    [
      key,
      [
        ...after.map((item) => {
          const old = find(before, item);
          return old === undefined ? item : difference(old, item, items);
        }),
        ...gone.map((item) => ({ [mergeKey]: item[mergeKey], $patch: 'delete' })),
      ],
    ],
  ];
}
