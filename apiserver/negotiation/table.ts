/**
 * meta.k8s.io Table: what `kubectl get` prints (upstream: apiserver `pkg/endpoints/handlers/response.go`).
 * Works for every Resource, stored or computed: all it needs is the kind's columns and objects.
 */
import type { Kind, TableCell, TableColumn, TableContext } from '../../api/kind.ts';
import type { KubeObject, ListMeta, ObjectMeta } from '../../api/meta/types.ts';
import type { IncludeObject } from './accept.ts';

export interface PartialObjectMetadata {
  kind: 'PartialObjectMetadata';
  apiVersion: string;
  metadata: ObjectMeta;
}

export interface TableRow {
  cells: TableCell[];
  /** null with `includeObject=None`. */
  object: KubeObject | PartialObjectMetadata | null;
}

export interface Table {
  kind: 'Table';
  apiVersion: string;
  metadata: ListMeta;
  /** null in every event of a watch but the first. */
  columnDefinitions: readonly TableColumn[] | null;
  rows: TableRow[];
}

/** @param apiVersion of meta.k8s.io, as the client asked for it */
export function partialMetadata(apiVersion: string, metadata: ObjectMeta): PartialObjectMetadata {
  return { kind: 'PartialObjectMetadata', apiVersion, metadata };
}

/** Renders rows of one kind. Made once a request, since computed columns prepare what they look up. */
export class TableRenderer {
  readonly columns: readonly TableColumn[];
  readonly #apiVersion: string;
  readonly #includeObject: IncludeObject;
  readonly #cells: (object: KubeObject) => TableCell[];

  constructor(kind: Kind, context: TableContext, apiVersion: string, includeObject: IncludeObject) {
    this.columns = kind.table.columns;
    this.#apiVersion = apiVersion;
    this.#includeObject = includeObject;
    this.#cells = kind.table.rows(context);
  }

  table(objects: Iterable<KubeObject>, metadata: ListMeta): Table {
    const rows: TableRow[] = [];
    for (const object of objects) rows.push(this.#row(object));
    return this.#table(metadata, this.columns, rows);
  }

  /** One event of a watch. Only the first has the columns. */
  eventTable(object: KubeObject, first: boolean): Table {
    const { resourceVersion = '' } = object.metadata;
    return this.#table({ resourceVersion }, first ? this.columns : null, [this.#row(object)]);
  }

  /** A bookmark as a table: its row keeps the metadata, which is all a bookmark has. */
  bookmarkTable(bookmark: KubeObject, first: boolean): Table {
    const { resourceVersion = '' } = bookmark.metadata;
    const cells: TableCell[] = this.columns.map(() => null);
    cells[0] = '';
    const object = partialMetadata(this.#apiVersion, bookmark.metadata);
    return this.#table({ resourceVersion }, first ? this.columns : null, [{ cells, object }]);
  }

  #table(metadata: ListMeta, columnDefinitions: Table['columnDefinitions'], rows: TableRow[]): Table {
    return { kind: 'Table', apiVersion: this.#apiVersion, metadata, columnDefinitions, rows };
  }

  #row(object: KubeObject): TableRow {
    return { cells: this.#cells(object), object: this.#rowObject(object) };
  }

  #rowObject(object: KubeObject): TableRow['object'] {
    if (this.#includeObject === 'None') return null;
    if (this.#includeObject === 'Object') return object;
    return partialMetadata(this.#apiVersion, object.metadata);
  }
}
