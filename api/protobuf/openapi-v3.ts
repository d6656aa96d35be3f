/**
 * OpenAPI 3.0 as gnostic's `openapi.v3.Document`. The tables hold what we publish; source of the numbers:
 * github.com/google/gnostic-models `openapiv3/OpenAPIv3.proto`, v0.7.0.
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
  record,
  text,
  wrapped,
} from './encoding.ts';

/** @throws TypeError where the document says what the tables lack */
export const encodeOpenApiV3 = (document: object): Uint8Array => documentMessage.body(document, 'document');

const reference = record(() => ({ $ref: [1, text], summary: [2, text], description: [3, text] }));

/** gnostic has an "…OrReference" around everything that may be shared. */
const orReference = (message: MessageEncoding): MessageEncoding =>
  oneOf((value, at) => (Object.hasOwn(objectOf(value, at), '$ref') ? [2, reference] : [1, message]));

const schema: MessageEncoding = record(
  () => ({
    nullable: [1, flag],
    readOnly: [3, flag],
    writeOnly: [4, flag],
    example: [7, anything],
    deprecated: [8, flag],
    title: [9, text],
    multipleOf: [10, double],
    maximum: [11, double],
    exclusiveMaximum: [12, flag],
    minimum: [13, double],
    exclusiveMinimum: [14, flag],
    maxLength: [15, integer],
    minLength: [16, integer],
    pattern: [17, text],
    maxItems: [18, integer],
    minItems: [19, integer],
    uniqueItems: [20, flag],
    maxProperties: [21, integer],
    minProperties: [22, integer],
    required: [23, text, 'many'],
    enum: [24, anything, 'many'],
    type: [25, text],
    allOf: [26, schemaOrReference, 'many'],
    oneOf: [27, schemaOrReference, 'many'],
    anyOf: [28, schemaOrReference, 'many'],
    not: [29, schema],
    items: [30, wrapped(1, schemaOrReference)],
    properties: [31, entries(1, schemaOrReference)],
    additionalProperties: [32, additionalProperties],
    default: [33, defaultType],
    description: [34, text],
    format: [35, text],
  }),
  36,
);

const schemaOrReference: MessageEncoding = orReference(schema);
const additionalProperties = oneOf((value) =>
  typeof value === 'boolean' ? [2, flag] : [1, schemaOrReference],
);

/** The message knows scalars only; gnostic too leaves it empty for objects and lists. */
const defaultType = oneOf((value) => {
  if (typeof value === 'number') return [1, double];
  if (typeof value === 'boolean') return [2, flag];
  return typeof value === 'string' ? [3, text] : undefined;
});

const parameter = record(
  () => ({
    name: [1, text],
    in: [2, text],
    description: [3, text],
    required: [4, flag],
    deprecated: [5, flag],
    allowEmptyValue: [6, flag],
    schema: [10, schemaOrReference],
  }),
  14,
);

const content = entries(
  1,
  record(() => ({ schema: [1, schemaOrReference] }), 5),
);
const requestBody = record(() => ({ description: [1, text], content: [2, content], required: [3, flag] }), 4);
const response = record(() => ({ description: [1, text], content: [3, content] }), 5);

const operation = record(
  () => ({
    tags: [1, text, 'many'],
    summary: [2, text],
    description: [3, text],
    operationId: [5, text],
    parameters: [6, orReference(parameter), 'many'],
    requestBody: [7, orReference(requestBody)],
    responses: [8, entries(2, orReference(response))],
    deprecated: [10, flag],
  }),
  13,
);

const pathItem = record(() => ({
  summary: [2, text],
  description: [3, text],
  get: [4, operation],
  put: [5, operation],
  post: [6, operation],
  delete: [7, operation],
  options: [8, operation],
  head: [9, operation],
  patch: [10, operation],
  parameters: [13, orReference(parameter), 'many'],
}));

const securityScheme = record(() => ({
  type: [1, text],
  description: [2, text],
  name: [3, text],
  in: [4, text],
}));

const components = record(() => ({
  schemas: [1, entries(1, schemaOrReference)],
  securitySchemes: [7, entries(1, orReference(securityScheme))],
}));

const info = record(() => ({ title: [1, text], description: [2, text], version: [6, text] }), 7);

const documentMessage = record(
  () => ({
    openapi: [1, text],
    info: [2, info],
    paths: [4, entries(1, pathItem)],
    components: [5, components],
  }),
  9,
);
