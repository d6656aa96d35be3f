/**
 * The OpenAPI 2.0 document of one group-version, for `/openapi/v2`. kube-aggregator merges it into the
 * cluster's own by definition name; see `upstream/extract.ts` for what that asks of the common ones.
 */
import type { OpenAPIV2 } from 'openapi-types';
import type { Kind } from '../kind.ts';
import { intOrStringName, referenceOf } from './definitions.ts';
import type { JsonSchema } from './json-schema.ts';
import { componentsOf, type PublishedSchema } from './openapi/components.ts';
import { type Operation, type Parameter, pathsOf } from './openapi/operations.ts';
import { codeTexts, type OpenApiInfo } from './openapi-v3.ts';

/** @param kinds all of one group-version */
export function openApiV2(kinds: readonly Kind[], info: OpenApiInfo): OpenAPIV2.Document {
  const paths = pathsOf(kinds, info.patchTypes).map(({ path, parameters, operations }) => [
    path,
    {
      ...(parameters.length === 0 ? {} : { parameters: parameters.map(parameterObject) }),
      ...Object.fromEntries(operations.map((operation) => [operation.method, operationObject(operation)])),
    },
  ]);
  const definitions = Object.entries(componentsOf(kinds)).map(([name, schema]) => [
    name,
    name === intOrStringName ? intOrString(schema) : toV2(schema),
  ]);
  return {
    swagger: '2.0',
    info: { title: info.title, version: info.version },
    paths: Object.fromEntries(paths) as OpenAPIV2.PathsObject,
    definitions: Object.fromEntries(definitions) as OpenAPIV2.DefinitionsObject,
    securityDefinitions: {
      BearerToken: {
        type: 'apiKey',
        in: 'header',
        name: 'authorization',
        description: 'Bearer Token authentication',
      },
    },
    security: [{ BearerToken: [] }],
  };
}

/**
 * A schema in the words of OpenAPI 2.0, which has no nullable and no combinations. Defaults go as well:
 * kube-apiserver takes them out of its own (kube-openapi `handler/default_pruning.go`), and a common
 * definition that keeps one would count as different.
 */
export function toV2(schema: PublishedSchema): PublishedSchema {
  const target = referenceOf(schema as JsonSchema);
  const {
    default: _,
    nullable: _nullable,
    allOf: _all,
    anyOf: _any,
    oneOf: _one,
    not: _not,
    ...rest
  } = schema;
  const { properties, items, additionalProperties, ...plain } = rest as JsonSchema;
  return {
    ...plain,
    ...(target === undefined ? {} : definitionReference(target)),
    ...(properties === undefined ? {} : { properties: mapValues(properties) }),
    ...(items === undefined ? {} : { items: toV2(items as PublishedSchema) }),
    ...(additionalProperties === undefined
      ? {}
      : {
          additionalProperties:
            typeof additionalProperties === 'object'
              ? toV2(additionalProperties as PublishedSchema)
              : additionalProperties,
        }),
  };
}

const mapValues = (schemas: { readonly [name: string]: JsonSchema }): Record<string, PublishedSchema> =>
  Object.fromEntries(Object.entries(schemas).map(([name, s]) => [name, toV2(s as PublishedSchema)]));

/** v2 cannot say "one of two types"; upstream calls it a string of its own format. */
const intOrString = (schema: PublishedSchema): PublishedSchema => ({
  description: schema.description,
  format: 'int-or-string',
  type: 'string',
});

const definitionReference = (name: string): { $ref: string } => ({ $ref: `#/definitions/${name}` });

function parameterObject(parameter: Parameter): OpenAPIV2.GeneralParameterObject {
  return {
    name: parameter.name,
    in: parameter.in,
    description: parameter.description,
    ...(parameter.in === 'path' ? { required: true } : {}),
    type: parameter.type,
    uniqueItems: true,
  };
}

function operationObject(operation: Operation): OpenAPIV2.OperationObject<object> {
  const { body, kind, action } = operation;
  const bodyParameter =
    body === undefined
      ? []
      : [
          {
            name: 'body',
            in: 'body',
            ...(body.required ? { required: true } : {}),
            schema: definitionReference(body.definition),
          },
        ];
  const parameters = [...bodyParameter, ...operation.parameters.map(parameterObject)];
  const responses = Object.entries(operation.responses).map(([code, definition]) => [
    code,
    { description: codeTexts[code] ?? 'OK', schema: definitionReference(definition) },
  ]);
  return {
    tags: [operation.tag],
    description: operation.description,
    operationId: operation.id,
    consumes: [...(body?.mediaTypes ?? ['*/*'])],
    produces: [...operation.mediaTypes],
    schemes: ['https'],
    ...(parameters.length === 0 ? {} : { parameters }),
    responses: { ...Object.fromEntries(responses), 401: { description: 'Unauthorized' } },
    ...(action === undefined ? {} : { 'x-kubernetes-action': action }),
    ...(kind === undefined ? {} : { 'x-kubernetes-group-version-kind': kind }),
  };
}
