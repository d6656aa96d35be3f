/**
 * How a stand-in kind of the core API is put together: most need only a schema and columns. What a kind
 * leaves free (a Pod's spec, say) is stored as it comes, since nothing here runs it.
 */
import type { TSchema } from '@sinclair/typebox';
import {
  allVerbs,
  type FieldValues,
  type Kind,
  type Strategy,
  type TableCell,
  type TableColumn,
  type Verb,
} from '../kind.ts';
import { age } from '../meta/duration.ts';
import { validateDns1123Subdomain } from '../meta/names.ts';
import type { KubeObject } from '../meta/types.ts';
import type { Message } from '../protobuf/message.ts';

/** A column with what it shows: both halves in one place, so that they cannot drift apart. */
export interface Column<T extends KubeObject> extends Pick<TableColumn, 'name' | 'description'> {
  readonly type?: TableColumn['type'];
  readonly wide?: true;
  readonly cell: (object: T) => TableCell;
}

export interface CoreKindOptions<T extends KubeObject> {
  readonly group?: string;
  readonly kind: string;
  readonly plural: string;
  readonly singular?: string;
  readonly shortNames?: readonly string[];
  readonly namespaced: boolean;
  readonly statusSubresource?: boolean;
  /** All of them unless told. */
  readonly verbs?: readonly Verb[];
  readonly schema: TSchema;
  readonly strategy?: Partial<Strategy<T>>;
  readonly fieldSelectors?: Readonly<Record<string, (object: T) => FieldValues>>;
  /** `all` is what `kubectl get all` shows. */
  readonly categories?: readonly string[];
  /** Where typed clients write the kind: they send protobuf. */
  readonly protobuf?: Message;
  /** Between NAME and AGE. */
  readonly columns: readonly Column<T>[];
}

export function coreKind<T extends KubeObject>(options: CoreKindOptions<T>): Kind<T> {
  const statusSubresource = options.statusSubresource ?? false;
  return {
    group: options.group ?? '',
    version: 'v1',
    kind: options.kind,
    plural: options.plural,
    singular: options.singular ?? options.kind.toLowerCase(),
    shortNames: options.shortNames ?? [],
    categories: options.categories ?? [],
    namespaced: options.namespaced,
    statusSubresource,
    // No kubelet and no cloud write status here: a manifest may bring it along.
    statusOnCreate: statusSubresource,
    verbs: options.verbs ?? allVerbs,
    schema: options.schema,
    strategy: { validateName: validateDns1123Subdomain, validate: () => [], ...options.strategy },
    fieldSelectors: options.fieldSelectors ?? {},
    table: table(options.columns),
    ...(options.protobuf === undefined ? {} : { protobuf: options.protobuf }),
  };
}

function table<T extends KubeObject>(columns: readonly Column<T>[]): Kind<T>['table'] {
  const shown: TableColumn[] = columns.map((c) => ({
    name: c.name,
    type: c.type ?? 'string',
    format: '',
    description: c.description,
    priority: c.wide === true ? 1 : 0,
  }));
  const name: TableColumn = {
    name: 'Name',
    type: 'string',
    format: 'name',
    description: 'Unique name.',
    priority: 0,
  };
  const ageColumn: TableColumn = {
    name: 'Age',
    type: 'string',
    format: '',
    description: 'Time since creation.',
    priority: 0,
  };
  const narrow = columns.filter((c) => c.wide !== true);
  const wide = columns.filter((c) => c.wide === true);
  return {
    columns: [
      name,
      ...shown.filter((c) => c.priority === 0),
      ageColumn,
      ...shown.filter((c) => c.priority === 1),
    ],
    rows:
      ({ now }) =>
      (object) => [
        object.metadata.name ?? '',
        ...narrow.map((c) => c.cell(object)),
        age(object.metadata.creationTimestamp, now),
        ...wide.map((c) => c.cell(object)),
      ],
  };
}
