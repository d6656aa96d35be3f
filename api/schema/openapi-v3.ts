/** The OpenAPI 3.0 document of one group-version: what `/openapi/v3/apis/<group>/<version>` answers. */
import type { OpenAPIV3 } from 'openapi-types';
import type { Kind } from '../kind.ts';
import { reference } from './definitions.ts';
import { componentsOf } from './openapi/components.ts';
import { type Operation, type Parameter, type PatchType, pathsOf } from './openapi/operations.ts';

export type { PatchType } from './openapi/operations.ts';

export interface OpenApiInfo {
  readonly title: string;
  readonly version: string;
  /** What PATCH accepts today. Strategic merge and apply are named only by a server that does them. */
  readonly patchTypes: readonly PatchType[];
}

/** @param kinds all of one group-version */
export function openApiV3(kinds: readonly Kind[], info: OpenApiInfo): OpenAPIV3.Document {
  const paths = pathsOf(kinds, info.patchTypes).map(({ path, parameters, operations }) => [
    path,
    {
      ...(parameters.length === 0 ? {} : { parameters: parameters.map(parameterObject) }),
      ...Object.fromEntries(operations.map((operation) => [operation.method, operationObject(operation)])),
    },
  ]);
  return {
    openapi: '3.0.0',
    info: { title: info.title, version: info.version },
    paths: Object.fromEntries(paths) as OpenAPIV3.PathsObject,
    components: {
      schemas: componentsOf(kinds) as Record<string, OpenAPIV3.SchemaObject>,
      securitySchemes: {
        BearerToken: {
          type: 'apiKey',
          in: 'header',
          name: 'authorization',
          description: 'Bearer Token authentication',
        },
      },
    },
  };
}

function parameterObject(parameter: Parameter): OpenAPIV3.ParameterObject {
  return {
    name: parameter.name,
    in: parameter.in,
    description: parameter.description,
    ...(parameter.in === 'path' ? { required: true } : {}),
    schema: { type: parameter.type, uniqueItems: true },
  };
}

function operationObject(operation: Operation): OpenAPIV3.OperationObject<object> {
  const { body, kind, action } = operation;
  const responses = Object.entries(operation.responses).map(([code, definition]) => [
    code,
    { description: codeTexts[code] ?? 'OK', content: content(operation.mediaTypes, definition) },
  ]);
  return {
    tags: [operation.tag],
    description: operation.description,
    operationId: operation.id,
    ...(operation.parameters.length === 0 ? {} : { parameters: operation.parameters.map(parameterObject) }),
    ...(body === undefined
      ? {}
      : {
          requestBody: {
            content: content(body.mediaTypes, body.definition),
            ...(body.required ? { required: true } : {}),
          },
        }),
    responses: { ...Object.fromEntries(responses), 401: { description: 'Unauthorized' } },
    ...(action === undefined ? {} : { 'x-kubernetes-action': action }),
    // An object here and an array on schemas: CEL's type resolver relies on the difference.
    ...(kind === undefined ? {} : { 'x-kubernetes-group-version-kind': kind }),
  };
}

export const codeTexts: Readonly<Record<string, string>> = { 200: 'OK', 201: 'Created', 202: 'Accepted' };

function content(
  mediaTypes: readonly string[],
  definition: string,
): Record<string, OpenAPIV3.MediaTypeObject> {
  return Object.fromEntries(mediaTypes.map((type) => [type, { schema: reference(definition) }]));
}
