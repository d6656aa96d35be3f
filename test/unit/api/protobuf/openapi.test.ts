/** OpenAPI in protobuf, read back by tables of its own: numbers are written out here as gnostic has them. */
import assert from 'node:assert/strict';
import { coreKinds } from '../../../../api/core/kinds.ts';
import { encodeOpenApiV2 } from '../../../../api/protobuf/openapi-v2.ts';
import { encodeOpenApiV3 } from '../../../../api/protobuf/openapi-v3.ts';
import { wireFields } from '../../../../api/protobuf/wire.ts';
import { openApiV2 } from '../../../../api/schema/openapi-v2.ts';
import { openApiV3 } from '../../../../api/schema/openapi-v3.ts';
import { servicesKinds } from '../../../../api/services/v3alpha1/kinds.ts';

/** What is at a path of field numbers: bytes as text, numbers as they are. A message is read by going on. */
function at(bytes: Uint8Array, ...path: readonly number[]): (string | number)[] {
  const [number, ...rest] = path;
  return [...wireFields(bytes)]
    .filter((field) => field.number === number)
    .flatMap(({ value }) => {
      if (value.type !== 'bytes') return [value.type === 'varint' ? Number(value.value) : value.type];
      return rest.length === 0 ? [Buffer.from(value.value).toString()] : at(value.value, ...rest);
    });
}

const schema = {
  description: 'Größe',
  type: 'object',
  required: ['a', 'b'],
  maximum: 2.5,
  minimum: 0,
  maxLength: 300,
  minItems: -1,
  nullable: true,
  additionalProperties: { type: 'string' },
  items: { type: 'boolean' },
  enum: ['x', 1],
  properties: { 'x-y': { type: 'integer' }, closed: { type: 'object', additionalProperties: false } },
  'x-kubernetes-list-map-keys': ['k'],
};

describe('OpenAPI v2 in protobuf', () => {
  const { nullable: _, ...v2 } = schema;
  const bytes = encodeOpenApiV2({
    swagger: '2.0',
    definitions: { Big: v2, Ref: { $ref: '#/definitions/Big' } },
    paths: {
      '/a': {
        parameters: [{ name: 'n', in: 'path', required: true, type: 'string', uniqueItems: true }],
        get: {
          parameters: [
            { name: 'body', in: 'body', schema: { $ref: 'r' } },
            { name: 'q', in: 'query', type: 'integer' },
          ],
          responses: { 200: { description: 'OK', schema: { $ref: 's' } }, 401: { description: 'no' } },
          'x-kubernetes-action': 'get',
        },
      },
    },
    security: [{ Bearer: [] }],
    securityDefinitions: { Bearer: { type: 'apiKey', name: 'authorization', in: 'header' } },
  });
  const definition = (...path: number[]) => at(bytes, 9, 1, 2, ...path);
  const operation = (...path: number[]) => at(bytes, 8, 2, 2, 2, ...path);

  it('a schema: zeros are left out, types and items are lists', () => {
    assert.deepEqual(at(bytes, 9, 1, 1), ['Big', 'Ref']);
    assert.deepEqual(definition(1), ['#/definitions/Big']);
    assert.deepEqual(definition(4), ['Größe']);
    assert.deepEqual(definition(22, 1), ['object']);
    assert.deepEqual(definition(19), ['a', 'b']);
    assert.deepEqual([definition(7), definition(9)], [['fixed'], []]);
    // A varint of -1 has all 64 bits set.
    assert.deepEqual([definition(11), definition(15)], [[300], [2 ** 64 - 1]]);
    assert.deepEqual(definition(23, 1, 22, 1), ['boolean']);
    assert.deepEqual(definition(21, 1, 22, 1), ['string']);
    assert.deepEqual(definition(20, 2), ['"x"', '1']);
  });

  it('a property called like an extension is a property; "nothing more" is written though false', () => {
    assert.deepEqual(definition(25, 1, 1), ['x-y', 'closed']);
    assert.deepEqual(definition(25, 1, 2, 21, 2), [0]);
    assert.deepEqual(definition(31, 1), ['x-kubernetes-list-map-keys']);
    assert.deepEqual(definition(31, 2, 2), ['["k"]']);
  });

  it('parameters by their place, answers by their code', () => {
    assert.deepEqual(at(bytes, 8, 2, 2, 9, 1, 2, 4, 4), ['n']);
    assert.deepEqual(at(bytes, 8, 2, 2, 9, 1, 2, 4, 1), [1]);
    assert.deepEqual(operation(8, 1, 1, 5, 1), ['r']);
    assert.deepEqual(operation(8, 1, 2, 3, 6), ['integer']);
    assert.deepEqual(operation(9, 1, 1), ['200', '401']);
    assert.deepEqual(operation(9, 1, 2, 1, 2, 1, 1), ['s']);
    assert.deepEqual(operation(13, 2, 2), ['"get"']);
  });

  it('who may ask', () => {
    assert.deepEqual(at(bytes, 12, 1, 1), ['Bearer']);
    assert.deepEqual(at(bytes, 12, 1, 2), ['']);
    assert.deepEqual(at(bytes, 13, 1, 2, 2, 2), ['authorization']);
  });
});

describe('OpenAPI v3 in protobuf', () => {
  const defaults = { s: '', n: 0, b: false, o: {} };
  const bytes = encodeOpenApiV3({
    openapi: '3.0.0',
    components: {
      schemas: {
        Big: { ...schema, allOf: [{ $ref: 'part' }] },
        Defaults: {
          properties: Object.fromEntries(Object.entries(defaults).map(([k, v]) => [k, { default: v }])),
        },
      },
    },
    paths: {
      '/a': {
        patch: {
          parameters: [{ name: 'q', in: 'query', schema: { type: 'string' } }],
          requestBody: { content: { 'application/json': { schema: { $ref: 'r' } } }, required: true },
          responses: {
            200: { description: 'OK', content: { 'application/yaml': { schema: { $ref: 's' } } } },
          },
          'x-kubernetes-group-version-kind': { group: 'g', version: 'v', kind: 'K' },
        },
      },
    },
  });
  const component = (...path: number[]) => at(bytes, 5, 1, 1, 2, 1, ...path);
  const operation = (...path: number[]) => at(bytes, 4, 1, 2, 10, ...path);

  it('a schema, and references beside it', () => {
    assert.deepEqual(at(bytes, 5, 1, 1, 1), ['Big', 'Defaults']);
    assert.deepEqual(component(26, 2, 1), ['part']);
    assert.deepEqual(component(25), ['object']);
    assert.deepEqual(component(1), [1]);
    assert.deepEqual(component(30, 1, 1, 25), ['boolean']);
    assert.deepEqual(component(32, 1, 1, 25), ['string']);
    assert.deepEqual(component(36, 2, 2), ['["k"]']);
  });

  it('defaults that are empty are written, but for objects, which the message cannot hold', () => {
    assert.deepEqual(component(31, 1, 1), ['x-y', 'closed', ...Object.keys(defaults)]);
    assert.deepEqual(component(31, 1, 2, 1, 33), [
      Buffer.from([0x1a, 0]).toString(),
      Buffer.from([0x09, 0, 0, 0, 0, 0, 0, 0, 0]).toString(),
      Buffer.from([0x10, 0]).toString(),
      '',
    ]);
  });

  it('operations with bodies by media type', () => {
    assert.deepEqual(operation(6, 1, 10, 1, 25), ['string']);
    assert.deepEqual(operation(7, 1, 2, 1, 1), ['application/json']);
    assert.deepEqual(operation(7, 1, 2, 1, 2, 1, 2, 1), ['r']);
    assert.deepEqual(operation(7, 1, 3), [1]);
    assert.deepEqual(operation(8, 2, 1), ['200']);
    assert.deepEqual(operation(8, 2, 2, 1, 3, 1, 2, 1, 2, 1), ['s']);
    assert.deepEqual(operation(13, 2, 2), ['{"group":"g","version":"v","kind":"K"}']);
  });
});

describe('what OpenAPI in protobuf can say', () => {
  const info = {
    title: 't',
    version: 'v',
    patchTypes: ['application/strategic-merge-patch+json', 'application/apply-patch+yaml'] as const,
  };

  it('is enough for every kind', () => {
    for (const kinds of [coreKinds, servicesKinds]) {
      assert.doesNotThrow(() => encodeOpenApiV2(openApiV2(kinds, info)));
      assert.doesNotThrow(() => encodeOpenApiV3(openApiV3(kinds, info)));
    }
  });

  it('is never cut in silence: the error says where', () => {
    const v3 = (schema: object) => encodeOpenApiV3({ components: { schemas: { A: schema } } });
    assert.throws(
      () => v3({ items: { const: 1 } }),
      /document\.components\.schemas\["A"\]\.items\[0\]\.const is 1/,
    );
    assert.throws(() => v3({ maxLength: 1.5 }), /maxLength is 1\.5.*want an integer/);
    assert.throws(() => v3({ maximum: 'x' }), /want a number/);
    assert.throws(() => v3({ nullable: 'x' }), /want a boolean/);
    assert.throws(() => v3({ type: ['string'] }), /want a string/);
    assert.throws(() => v3({ required: 'a' }), /want an array/);
    assert.throws(() => encodeOpenApiV3({ paths: [] }), /want an object/);
    const parameter = { name: 'h', in: 'header' };
    assert.throws(() => encodeOpenApiV2({ paths: { '/': { parameters: [parameter] } } }), /in is "header"/);
  });
});
