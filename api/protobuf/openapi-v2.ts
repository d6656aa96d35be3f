/**
 * OpenAPI 2.0 as gnostic's `openapi.v2.Document`, which kubectl asks for. The tables hold what we publish; source
 * of the numbers: github.com/google/gnostic-models `openapiv2/OpenAPIv2.proto`, v0.7.0.
 */
import {
  anything,
  double,
  entries,
  flag,
  integer,
  type MessageEncoding,
  objectOf,
  oneOf,
  type Places,
  record,
  text,
  wrapped,
} from './encoding.ts';

/** @throws TypeError where the document says what the tables lack */
export const encodeOpenApiV2 = (document: object): Uint8Array => documentMessage.body(document, 'document');

const schema: MessageEncoding = record(
  () => ({
    $ref: [1, text],
    format: [2, text],
    title: [3, text],
    description: [4, text],
    default: [5, anything],
    multipleOf: [6, double],
    maximum: [7, double],
    exclusiveMaximum: [8, flag],
    minimum: [9, double],
    exclusiveMinimum: [10, flag],
    maxLength: [11, integer],
    minLength: [12, integer],
    pattern: [13, text],
    maxItems: [14, integer],
    minItems: [15, integer],
    uniqueItems: [16, flag],
    maxProperties: [17, integer],
    minProperties: [18, integer],
    required: [19, text, 'many'],
    enum: [20, anything, 'many'],
    additionalProperties: [21, additionalProperties],
    type: [22, wrapped(1, text)],
    items: [23, wrapped(1, schema)],
    properties: [25, entries(1, schema)],
    example: [30, anything],
  }),
  31,
);

const additionalProperties = oneOf((value) => (typeof value === 'boolean' ? [2, flag] : [1, schema]));

const bodyParameter = record(
  () => ({
    description: [1, text],
    name: [2, text],
    in: [3, text],
    required: [4, flag],
    schema: [5, schema],
  }),
  6,
);

const pathParameter = record(
  () => ({
    required: [1, flag],
    in: [2, text],
    description: [3, text],
    name: [4, text],
    type: [5, text],
    format: [6, text],
    uniqueItems: [19, flag],
  }),
  22,
);

const queryParameter = record(
  () => ({
    required: [1, flag],
    in: [2, text],
    description: [3, text],
    name: [4, text],
    type: [6, text],
    format: [7, text],
    uniqueItems: [20, flag],
  }),
  23,
);

const nonBodyParameter = oneOf((value, at) => {
  const place = objectOf(value, at).in;
  if (place === 'query') return [3, queryParameter];
  if (place === 'path') return [4, pathParameter];
  throw new TypeError(`${at}.in is ${JSON.stringify(place)}: want "body", "query" or "path"`);
});

const parameter = oneOf((value, at) =>
  objectOf(value, at).in === 'body' ? [1, bodyParameter] : [2, nonBodyParameter],
);
/** The second choice is a reference to a shared parameter: we publish none. */
const parametersItem = oneOf(() => [1, parameter]);

const response = record(() => ({ description: [1, text], schema: [2, oneOf(() => [1, schema])] }), 5);
const responses = entries(
  1,
  oneOf(() => [1, response]),
);
const securityRequirement = entries(1, wrapped(1, text));

const operation = record(
  () => ({
    tags: [1, text, 'many'],
    summary: [2, text],
    description: [3, text],
    operationId: [5, text],
    produces: [6, text, 'many'],
    consumes: [7, text, 'many'],
    parameters: [8, parametersItem, 'many'],
    responses: [9, responses],
    schemes: [10, text, 'many'],
    deprecated: [11, flag],
    security: [12, securityRequirement, 'many'],
  }),
  13,
);

const pathItem = record(
  (): Places => ({
    get: [2, operation],
    put: [3, operation],
    post: [4, operation],
    delete: [5, operation],
    options: [6, operation],
    head: [7, operation],
    patch: [8, operation],
    parameters: [9, parametersItem, 'many'],
  }),
);

const apiKey = record(() => ({
  type: [1, text],
  name: [2, text],
  in: [3, text],
  description: [4, text],
}));

const info = record(() => ({ title: [1, text], version: [2, text], description: [3, text] }), 7);

const documentMessage = record(
  () => ({
    swagger: [1, text],
    info: [2, info],
    paths: [8, entries(2, pathItem)],
    definitions: [9, entries(1, schema)],
    security: [12, securityRequirement, 'many'],
    securityDefinitions: [
      13,
      entries(
        1,
        oneOf(() => [2, apiKey]),
      ),
    ],
  }),
  16,
);
