/**
 * The definitions that every Kubernetes API publishes (`io.k8s.apimachinery…`), as OpenAPI v3 schemas.
 * The texts are upstream's to the byte; `upstream/extract.ts` says why and where they come from.
 */
import type { JsonSchema } from './json-schema.ts';
import definitions from './upstream/definitions.json' with { type: 'json' };
import parameters from './upstream/parameters.json' with { type: 'json' };

/** The prefix of the names of apimachinery's meta definitions. */
export const metaPrefix = 'io.k8s.apimachinery.pkg.apis.meta.v1.';
export const intOrStringName = 'io.k8s.apimachinery.pkg.util.intstr.IntOrString';

export const commonDefinitions = definitions as unknown as Readonly<Record<string, JsonSchema>>;

export type QueryParameterName = keyof typeof parameters;
export interface QueryParameterText {
  readonly type: 'string' | 'integer' | 'boolean';
  readonly description: string;
}
export const queryParameters = parameters as Readonly<Record<QueryParameterName, QueryParameterText>>;

/** @throws Error on a name that upstream does not publish: a mistake in our code */
export function commonDefinition(name: string): JsonSchema {
  const found = Object.hasOwn(commonDefinitions, name) ? commonDefinitions[name] : undefined;
  if (found === undefined) throw new Error(`no common definition is named ${name}`);
  return found;
}

const referencePrefix = '#/components/schemas/';

/** The name that a schema refers to, also through upstream's `allOf: [{$ref}]`; undefined: it is no reference. */
export function referenceOf(schema: JsonSchema): string | undefined {
  const ref = schema.$ref ?? (schema.allOf?.length === 1 ? schema.allOf[0]?.$ref : undefined);
  return ref?.startsWith(referencePrefix) ? ref.slice(referencePrefix.length) : undefined;
}

export const reference = (name: string): { $ref: string } => ({ $ref: `${referencePrefix}${name}` });
