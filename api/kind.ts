/**
 * What a kind brings to the engine. The engine (apiserver/) names no kind: all that differs between kinds
 * is said here, as values and pure functions.
 *
 * A kind's folder holds `schema.ts` (the TypeBox schema: TypeScript type, defaults, structural validation,
 * OpenAPI), `strategy.ts` (what a schema cannot say) and `table.ts` (columns).
 */
import type { TSchema } from '@sinclair/typebox';
import type { FieldError } from './meta/field-error.ts';
import type { KubeObject } from './meta/types.ts';
import type { Message } from './protobuf/message.ts';

export type Verb = 'create' | 'delete' | 'deletecollection' | 'get' | 'list' | 'patch' | 'update' | 'watch';

export interface TableColumn {
  readonly name: string;
  readonly type: 'string' | 'integer' | 'number' | 'boolean' | 'date';
  /** `name` on the first column, else ''. */
  readonly format: string;
  readonly description: string;
  /** 0 is always shown, 1 only with `-o wide`. */
  readonly priority: number;
}

/** What a row may look at beside its object: other objects of our store, as cached. */
export interface TableContext {
  readonly now: Date;
  /** Objects of the kind with this plural (same group) in a namespace; `undefined`: every namespace. */
  list(plural: string, namespace: string | undefined): readonly KubeObject[];
}

export type TableCell = string | number | boolean | null;

export interface TableDefinition<T extends KubeObject = KubeObject> {
  readonly columns: readonly TableColumn[];
  /** One cell a column. Called once a request; the returned function once an object. */
  rows(context: TableContext): (object: T) => TableCell[];
}

/** The values a field selector compares: one, several (any may equal; none may for `!=`) or none. */
export type FieldValues = string | readonly string[] | undefined;

/**
 * The kind's own rules. Objects handed in are already pruned, schema-defaulted and structurally valid where
 * said so; `prepare…` may change the object, everything else must not. All pure: no I/O, no clock.
 */
export interface Strategy<T extends KubeObject = KubeObject> {
  /** Messages of what is wrong with the name, empty when it is fine. */
  validateName(name: string): string[];
  /** Cross-field defaults on create (before validation). */
  prepareForCreate?(object: T): void;
  /** Before validation of an update through the main endpoint; keeps what the request may not change. */
  prepareForUpdate?(object: T, old: T): void;
  /** Before validation of an update through `/status` (status is already the only change). */
  prepareForStatusUpdate?(object: T, old: T, now: Date): void;
  /** Beyond the schema; called on create and on update. */
  validate(object: T): FieldError[];
  /** Called on update besides `validate`: immutable fields. */
  validateUpdate?(object: T, old: T): FieldError[];
  /** Texts for Warning headers. */
  warnings?(object: T, old: T | undefined): string[];
}

export interface Kind<T extends KubeObject = KubeObject> {
  /** '' is the core group. */
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly plural: string;
  readonly singular: string;
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
  readonly namespaced: boolean;
  /** Whether `/status` exists: then status is dropped on create and isolated on update. */
  readonly statusSubresource: boolean;
  /** Keep the status of a create (as core Node does). Only with statusSubresource. */
  readonly statusOnCreate: boolean;
  /** All of them for stored kinds, get/list/watch for computed ones. */
  readonly verbs: readonly Verb[];
  /** Schema of the whole object, apiVersion, kind and metadata included. */
  readonly schema: TSchema;
  readonly strategy: Strategy<T>;
  /** Beyond metadata.name and metadata.namespace, which every kind has. */
  readonly fieldSelectors: Readonly<Record<string, (object: T) => FieldValues>>;
  readonly table: TableDefinition<T>;
  /** Its bodies may come in protobuf too: kubectl sends the built-in kinds so. Absent: 415. Answers never do. */
  readonly protobuf?: Message;
}

export const allVerbs: readonly Verb[] = [
  'create',
  'delete',
  'deletecollection',
  'get',
  'list',
  'patch',
  'update',
  'watch',
];

export const apiVersionOf = (k: Pick<Kind, 'group' | 'version'>): string =>
  k.group === '' ? k.version : `${k.group}/${k.version}`;
