import { strict as assert } from 'node:assert';
import { Type } from '@sinclair/typebox';
import fc from 'fast-check';
import { fieldErrorMessage } from '../../../../api/meta/field-error.ts';
import { atomicList, choice, freeForm, mapList, mapOf } from '../../../../api/schema/blocks.ts';
import type { JsonSchema } from '../../../../api/schema/json-schema.ts';
import { conditions, intOrString, kindSchema, labelSelector } from '../../../../api/schema/refs.ts';
import { applyDefaults, prune, validateStructure } from '../../../../api/schema/structural.ts';
import { structuralProblems } from '../../../../api/schema/structural-rules.ts';

const port = Type.Object({
  name: Type.String({ default: '', maxLength: 5, description: 'n' }),
  protocol: choice(['TCP', 'UDP', 'SCTP'], 'p', { default: 'TCP' }),
  port: Type.Optional(Type.Integer({ minimum: 1, maximum: 65535, description: 'p' })),
});
const schema = kindSchema('A widget.', {
  spec: Type.Object({
    mode: Type.Optional(choice(['A', 'B'], 'm', { default: 'A' })),
    size: Type.Optional(Type.Integer({ minimum: 1, description: 's' })),
    id: Type.Optional(Type.String({ pattern: '^[a-z]+$', minLength: 2, description: 'i' })),
    target: Type.Optional(intOrString('t', { minimum: 1 })),
    selector: Type.Optional(labelSelector('s')),
    ports: Type.Optional(mapList(port, ['name', 'protocol'], 'p', { maxItems: 3 })),
    tags: Type.Optional(Type.Array(Type.String(), { description: 't', 'x-kubernetes-list-type': 'set' })),
    weights: Type.Optional(mapOf(Type.Integer(), 'w')),
    nested: Type.Optional(
      Type.Object({ on: Type.Boolean({ default: true, description: 'o' }) }, { description: 'n' }),
    ),
    given: Type.Optional(
      Type.Object(
        { on: Type.Boolean({ default: true, description: 'o' }) },
        { default: {}, description: 'g' },
      ),
    ),
    stash: Type.Optional(freeForm('s')),
    list: Type.Optional(atomicList(Type.Number(), 'l')),
  }),
  status: Type.Optional(Type.Object({ conditions: Type.Optional(conditions('c')) }, { description: 's' })),
}) as JsonSchema;

const messages = (spec: unknown): string[] => validateStructure({ spec }, schema).map(fieldErrorMessage);

describe('prune', () => {
  it('drops unknown fields and names them with their paths, sorted', () => {
    const input = {
      spec: { prot: 1, ports: [{ name: 'a', bogus: 1 }], selector: { matchLabel: {} }, mode: 'A' },
      bogus: {},
    };
    const { value, unknownFields } = prune(input, schema);
    assert.deepEqual(value, { spec: { ports: [{ name: 'a' }], selector: {}, mode: 'A' } });
    assert.deepEqual(unknownFields, [
      'bogus',
      'spec.ports[0].bogus',
      'spec.prot',
      'spec.selector.matchLabel',
    ]);
    assert.equal(input.spec.prot, 1, 'the input is not changed');
  });

  it('reads null in a map of texts as the empty text', () => {
    const { value } = prune({ metadata: { annotations: { a: null, b: 'c' } } }, schema);
    assert.deepEqual(value, { metadata: { annotations: { a: '', b: 'c' } } });
  });

  it('drops nulls of known fields in silence, keeps those inside free-form objects', () => {
    const { value, unknownFields } = prune(
      { metadata: { creationTimestamp: null }, spec: { size: null, stash: { a: null } } },
      schema,
    );
    assert.deepEqual(value, { metadata: {}, spec: { stash: { a: null } } });
    assert.deepEqual(unknownFields, []);
  });

  it('gives back the input itself where nothing changes', () => {
    const input = { spec: { mode: 'A', stash: { deep: { er: 1 } }, weights: { any: 1 } } };
    assert.equal(prune(input, schema).value, input);
  });

  it('keeps managedFields of any shape', () => {
    const input = { metadata: { managedFields: [{ fieldsV1: { 'f:spec': { 'f:x': {} } } }] } };
    assert.equal(prune(input, schema).value, input);
  });

  it('names at most 100 fields', () => {
    const spec = Object.fromEntries(Array.from({ length: 300 }, (_, i) => [`x${i}`, 1]));
    assert.equal(prune({ spec }, schema).unknownFields.length, 100);
  });

  it('never reads or writes prototypes', () => {
    const hostile = JSON.parse(
      '{"__proto__": {"polluted": 1}, "constructor": 1, "spec": {"__proto__": 1, "weights": {"__proto__": 2, "constructor": 3}, "bogus": 1}}',
    );
    const { value, unknownFields } = prune(hostile, schema);
    assert.deepEqual(unknownFields, ['__proto__', 'constructor', 'spec.__proto__', 'spec.bogus']);
    assert.equal(Object.getPrototypeOf(value), Object.prototype);
    assert.deepEqual(Object.keys(value.spec.weights), ['__proto__', 'constructor']);
    assert.equal(({} as Record<string, unknown>).polluted, undefined);
  });
});

describe('applyDefaults', () => {
  it('fills absent and null fields, and objects only where they are given or have a default', () => {
    assert.deepEqual(applyDefaults({ spec: { mode: null } }, schema), {
      spec: { mode: 'A', given: { on: true } },
    });
    assert.deepEqual(applyDefaults({ spec: { nested: {}, mode: 'B' } }, schema), {
      spec: { mode: 'B', nested: { on: true }, given: { on: true } },
    });
  });

  it('fills the keys of map lists before they are compared', () => {
    const value = applyDefaults({ spec: { ports: [{ port: 1 }, { port: 2, protocol: 'TCP' }] } }, schema);
    assert.deepEqual(validateStructure(value, schema).map(fieldErrorMessage), [
      'spec.ports[1]: Duplicate value: {"name":"","protocol":"TCP"}',
    ]);
  });

  it('shares what does not change and is the identity the second time', () => {
    const once = applyDefaults({ spec: { stash: { a: 1 }, ports: [{}] } }, schema);
    assert.equal(applyDefaults(once, schema), once);
  });

  it('never shares a default between two objects', () => {
    const one = applyDefaults({ spec: {} } as Record<string, { given?: { on: boolean } }>, schema);
    const two = applyDefaults({ spec: {} } as Record<string, { given?: { on: boolean } }>, schema);
    assert.notEqual(one.spec?.given, two.spec?.given);
  });
});

describe('validateStructure', () => {
  it('words a wrong type as kube-apiserver does', () => {
    assert.deepEqual(messages({ size: 'x' }), [
      'spec.size: Invalid value: "string": spec.size in body must be of type integer: "string"',
    ]);
    assert.deepEqual(messages({ size: 1.5 }), [
      'spec.size: Invalid value: "number": spec.size in body must be of type integer: "number"',
    ]);
    assert.deepEqual(messages({ target: true }), [
      'spec.target: Invalid value: "boolean": spec.target in body must be of type integer,string: "boolean"',
    ]);
    assert.deepEqual(messages({ ports: [7] }), [
      'spec.ports[0]: Invalid value: "integer": spec.ports[0] in body must be of type object: "integer"',
    ]);
    assert.deepEqual(messages({ weights: { a: null } }), [
      'spec.weights.a: Invalid value: "null": spec.weights.a in body must be of type integer: "null"',
    ]);
    assert.equal(validateStructure({ spec: { size: 'x' } }, schema)[0]?.type, 'FieldValueTypeInvalid');
  });

  it('accepts whole numbers for numbers, and both sides of int-or-string', () => {
    assert.deepEqual(messages({ list: [1, 1.5], target: 'http' }), []);
    assert.deepEqual(messages({ target: 80 }), []);
  });

  it('words enums, bounds, patterns and lengths as kube-apiserver does', () => {
    assert.deepEqual(messages({ mode: 'C' }), [
      'spec.mode: Unsupported value: "C": supported values: "A", "B"',
    ]);
    assert.deepEqual(messages({ size: 0 }), [
      'spec.size: Invalid value: 0: spec.size in body should be greater than or equal to 1',
    ]);
    assert.deepEqual(messages({ ports: [{ name: 'a', protocol: 'TCP', port: 70000 }] }), [
      'spec.ports[0].port: Invalid value: 70000: spec.ports[0].port in body should be less than or equal to 65535',
    ]);
    assert.deepEqual(messages({ id: 'A' }), [
      'spec.id: Invalid value: "A": spec.id in body should be at least 2 chars long',
      `spec.id: Invalid value: "A": spec.id in body should match '^[a-z]+$'`,
    ]);
    assert.deepEqual(messages({ ports: [{ name: 'abcdef', protocol: 'TCP' }] }), [
      'spec.ports[0].name: Too long: may not be more than 5 bytes',
    ]);
    assert.deepEqual(messages({ target: 0 }), [
      'spec.target: Invalid value: 0: spec.target in body should be greater than or equal to 1',
    ]);
  });

  it('counts code points, as Kubernetes does', () => {
    assert.deepEqual(messages({ ports: [{ name: '😀😀😀😀😀', protocol: 'TCP' }] }), []);
  });

  it('says which required field is missing, null included', () => {
    assert.deepEqual(validateStructure({}, schema).map(fieldErrorMessage), ['spec: Required value']);
    assert.deepEqual(validateStructure({ spec: null }, schema).map(fieldErrorMessage), [
      'spec: Required value',
    ]);
    assert.deepEqual(
      validateStructure({ spec: {}, status: { conditions: [{ type: 'Ready' }] } }, schema).map(
        fieldErrorMessage,
      ),
      ['status', 'lastTransitionTime', 'reason', 'message'].map(
        (name) => `status.conditions[0].${name}: Required value`,
      ),
    );
  });

  it('finds duplicates in sets and map lists once each', () => {
    assert.deepEqual(messages({ tags: ['a', 'b', 'a', 'a'] }), ['spec.tags[2]: Duplicate value: "a"']);
    assert.equal(validateStructure({ spec: { tags: ['a', 'a'] } }, schema)[0]?.type, 'FieldValueDuplicate');
    const same = { name: 'a', protocol: 'TCP' };
    assert.deepEqual(messages({ ports: [same, { ...same, protocol: 'UDP' }] }), []);
  });

  it('bounds lists before looking at their items, and the number of errors', () => {
    assert.deepEqual(messages({ ports: [1, 2, 3, 4] }), [
      'spec.ports: Too many: 4: must have at most 3 items',
    ]);
    assert.equal(messages({ tags: Array.from({ length: 5000 }, (_, i) => i) }).length, 100);
  });

  it('checks times and conditions', () => {
    const condition = { type: 'Ready', status: 'Yes', lastTransitionTime: 'now', reason: '', message: '' };
    assert.deepEqual(
      validateStructure({ spec: {}, status: { conditions: [condition] } }, schema).map((e) => e.field),
      ['lastTransitionTime', 'reason', 'reason', 'status'].map((name) => `status.conditions[0].${name}`),
    );
  });

  it('accepts whatever the schema allows, and pruning and defaulting keep it valid', () => {
    const spec = fc.record(
      {
        mode: fc.constantFrom('A', 'B', null),
        size: fc.integer({ min: 1 }),
        tags: fc.uniqueArray(fc.string()),
        weights: fc.dictionary(fc.string(), fc.integer()),
        nested: fc.record({ on: fc.boolean() }, { requiredKeys: [] }),
        stash: fc.dictionary(fc.string(), fc.jsonValue()),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(spec, (value) => {
        const whole = JSON.parse(JSON.stringify({ spec: value }));
        const ready = applyDefaults(prune(whole, schema).value, schema);
        assert.deepEqual(validateStructure(ready, schema), []);
        assert.deepEqual(prune(ready, schema), { value: ready, unknownFields: [] });
      }),
    );
  });
});

describe('structuralProblems', () => {
  it('finds nothing wrong with what refs.ts builds', () => {
    const problems = structuralProblems(schema).filter(
      (p) => !/^(spec|metadata|status): has no desc/.test(p),
    );
    assert.deepEqual(problems, []);
  });

  it('names what the walkers would misunderstand', () => {
    const bad = Type.Object({
      a: Type.Union([Type.String(), Type.Number()], { description: 'a' }),
      b: Type.Record(Type.String(), Type.String(), { description: 'b' }),
      c: Type.Array(Type.Object({ name: Type.Optional(Type.String({ description: 'n' })) }), {
        'x-kubernetes-list-type': 'map',
        'x-kubernetes-list-map-keys': ['name', 'id'],
      }),
    }) as JsonSchema;
    assert.deepEqual(structuralProblems(bad), [
      'a: keyword anyOf means nothing to the walkers',
      'a: has no type',
      'b: keyword patternProperties means nothing to the walkers',
      'b: has neither properties nor additionalProperties',
      'c: has no description',
      'c: has the key name, which is neither required nor defaulted',
      'c: has the key id, which is no property of its items',
    ]);
  });
});
