/** Whether an object is one that a list or watch selects. */
import type { FieldValues, Kind } from '../../api/kind.ts';
import { exactField, matchesFields } from '../../api/meta/field-selector.ts';
import { matchesLabels } from '../../api/meta/labels.ts';
import type { KubeObject } from '../../api/meta/types.ts';
import type { IndexTerm } from '../storage/watchcache/types.ts';
import type { Selection } from './rest.ts';

/** Values of an `in (…)` that are looked up one by one; more are rarely selective, and each is a walk of its own. */
const MAX_INDEXED_VALUES = 16;

/** What a selector looks at. */
export interface Selectable {
  readonly namespace: string;
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  /** What `read` gives for the object; asked once a name where the object is kept. */
  field(name: string, read: (object: KubeObject) => FieldValues): FieldValues;
}

export type Matcher = (object: Selectable) => boolean;

/** The fields that a kind can be selected by, for the error that lists them. */
export const selectableFields = (kind: Kind): string[] => [
  'metadata.name',
  'metadata.namespace',
  ...Object.keys(kind.fieldSelectors),
];

export const selectsEverything = (selection: Selection): boolean =>
  selection.labels.length === 0 && selection.fields.length === 0;

/** The namespace is not looked at: it is the scope that is read. */
export function createMatcher(kind: Kind, { labels, fields }: Selection): Matcher {
  if (labels.length === 0 && fields.length === 0) return () => true;
  return (object) =>
    matchesLabels(labels, object.labels) &&
    matchesFields(fields, (field) => fieldValues(kind, field, object));
}

/** What every selected object has, as far as the cache can index it. The selection's matcher still decides. */
export function indexTerms(kind: Kind, { labels, fields }: Selection): IndexTerm[] {
  const terms: IndexTerm[] = [];
  for (const { key, operator, values } of labels) {
    const equal = operator === '=' || operator === 'in';
    if (equal && values.length <= MAX_INDEXED_VALUES) terms.push({ type: 'label', name: key, values });
  }
  for (const { field, operator, value } of fields) {
    const read = Object.hasOwn(kind.fieldSelectors, field) ? kind.fieldSelectors[field] : undefined;
    if (operator === '=' && read !== undefined)
      terms.push({ type: 'field', name: field, values: [value], read });
  }
  return terms;
}

/** The one name a selection asks for, if it does. */
export const selectedName = (selection: Selection): string | undefined =>
  exactField(selection.fields, 'metadata.name');

function fieldValues(kind: Kind, field: string, object: Selectable): FieldValues {
  if (field === 'metadata.name') return object.name;
  if (field === 'metadata.namespace') return object.namespace;
  const read = kind.fieldSelectors[field];
  return read === undefined ? undefined : object.field(field, read);
}

export function selectableOf(object: KubeObject): Selectable {
  const { namespace = '', name = '', labels = {} } = object.metadata;
  return { namespace, name, labels, field: (_, read) => read(object) };
}
