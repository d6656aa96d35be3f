/**
 * What can be done with kinds over HTTP, before it is written down as OpenAPI v3 or v2: paths, operations,
 * parameters and what goes in and out (apiserver `pkg/endpoints/installer.go`, `pkg/endpoints/openapi`).
 */
import { apiVersionOf, type Kind } from '../../kind.ts';
import { metaPrefix, type QueryParameterName, queryParameters } from '../definitions.ts';
import { fieldsOf, type GroupVersionKind, type JsonSchema, keepsUnknownFields } from '../json-schema.ts';
import { componentName } from '../refs.ts';

export type HttpMethod = 'get' | 'put' | 'post' | 'delete' | 'patch';

export interface Parameter {
  readonly in: 'path' | 'query';
  readonly name: string;
  readonly type: 'string' | 'integer' | 'boolean';
  readonly description: string;
}

export interface Operation {
  readonly method: HttpMethod;
  readonly id: string;
  readonly tag: string;
  readonly description: string;
  readonly parameters: readonly Parameter[];
  /** Definition name, and the content types that are accepted. */
  readonly body?: {
    readonly definition: string;
    readonly required: boolean;
    readonly mediaTypes: readonly string[];
  };
  /** Definition name of each code's body. */
  readonly responses: Readonly<Record<number, string>>;
  readonly mediaTypes: readonly string[];
  /** Unset for discovery. */
  readonly action?: 'list' | 'get' | 'post' | 'put' | 'patch' | 'delete' | 'deletecollection';
  readonly kind?: GroupVersionKind;
}

export interface Path {
  readonly path: string;
  readonly parameters: readonly Parameter[];
  readonly operations: readonly Operation[];
}

/** The content types of PATCH bodies that a server understands; kubectl decides by them how it applies. */
export type PatchType =
  | 'application/json-patch+json'
  | 'application/merge-patch+json'
  | 'application/strategic-merge-patch+json'
  | 'application/apply-patch+yaml';

const objectTypes = ['application/json', 'application/yaml'] as const;
const streamTypes = [...objectTypes, 'application/json;stream=watch'] as const;

const selection: readonly QueryParameterName[] = ['fieldSelector', 'labelSelector'];
const version: readonly QueryParameterName[] = [
  'resourceVersion',
  'resourceVersionMatch',
  'sendInitialEvents',
];
const paging: readonly QueryParameterName[] = ['continue', 'limit'];
const listing = [...paging, ...selection, ...version, 'timeoutSeconds'] as const;
const watching: readonly QueryParameterName[] = ['allowWatchBookmarks', 'watch'];
const deleting: readonly QueryParameterName[] = [
  'dryRun',
  'gracePeriodSeconds',
  'orphanDependents',
  'propagationPolicy',
];
const writing: readonly QueryParameterName[] = ['dryRun', 'fieldManager', 'fieldValidation'];

export const definitionNameOf = (kind: Kind): string =>
  (kind.schema as JsonSchema)['x-component'] ?? componentName(kind.group, kind.version, kind.kind);
export const listDefinitionNameOf = (kind: Kind): string => `${definitionNameOf(kind)}List`;

export const statusDefinition = `${metaPrefix}Status`;
export const deleteOptionsDefinition = `${metaPrefix}DeleteOptions`;
export const patchDefinition = `${metaPrefix}Patch`;
export const resourceListDefinition = `${metaPrefix}APIResourceList`;

export const groupVersionPath = (kind: Pick<Kind, 'group' | 'version'>): string =>
  `${kind.group === '' ? '/api' : '/apis'}/${apiVersionOf(kind)}`;

/** Every path of a group-version. @param kinds all of one group-version, at least one */
export function pathsOf(kinds: readonly Kind[], patchTypes: readonly PatchType[]): Path[] {
  const [first] = kinds;
  if (first === undefined) return [];
  return [discoveryPath(first), ...kinds.flatMap((kind) => kindPaths(kind, patchTypes))];
}

function discoveryPath(kind: Kind): Path {
  const operation: Operation = {
    method: 'get',
    id: `get${operationPrefix(kind)}APIResources`,
    tag: tagOf(kind),
    description: 'get available resources',
    parameters: [],
    responses: { 200: resourceListDefinition },
    mediaTypes: objectTypes,
  };
  return { path: `${groupVersionPath(kind)}/`, parameters: [], operations: [operation] };
}

function kindPaths(kind: Kind, patchTypes: readonly PatchType[]): Path[] {
  const root = groupVersionPath(kind);
  const collection = kind.namespaced
    ? `${root}/namespaces/{namespace}/${kind.plural}`
    : `${root}/${kind.plural}`;
  const scope = kind.namespaced ? [namespaceParameter] : [];
  const name = nameParameter(kind);
  const paths: Path[] = [
    { path: collection, parameters: [...scope, ...query('pretty')], operations: collectionOperations(kind) },
    {
      path: `${collection}/{name}`,
      parameters: [name, ...scope, ...query('pretty')],
      operations: itemOperations(kind, patchTypes),
    },
  ];
  if (kind.statusSubresource) {
    const operations = itemOperations(kind, patchTypes, 'Status').filter((o) => o.method !== 'delete');
    const parameters = [name, ...scope, ...query('pretty')];
    paths.push({ path: `${collection}/{name}/status`, parameters, operations });
  }
  if (kind.namespaced && kind.verbs.includes('list')) {
    const all = listOperation(kind, `list${operationPrefix(kind)}${kind.kind}ForAllNamespaces`);
    paths.unshift({ path: `${root}/${kind.plural}`, parameters: query('pretty'), operations: [all] });
  }
  return paths.filter((path) => path.operations.length > 0);
}

function collectionOperations(kind: Kind): Operation[] {
  const { verbs } = kind;
  const operations: Operation[] = [];
  if (verbs.includes('list')) operations.push(listOperation(kind, operationId('list', kind)));
  if (verbs.includes('create')) {
    const own = definitionNameOf(kind);
    operations.push({
      ...common(kind, 'post', operationId('create', kind)),
      description: `create ${article(kind)} ${kind.kind}`,
      parameters: query(...writing),
      body: { definition: own, required: true, mediaTypes: ['*/*'] },
      responses: { 200: own, 201: own, 202: own },
      action: 'post',
    });
  }
  if (verbs.includes('deletecollection')) {
    operations.push({
      ...common(kind, 'delete', operationId('delete', kind, '', 'Collection')),
      description: `delete collection of ${kind.kind}`,
      parameters: query(...listing, ...deleting),
      body: { definition: deleteOptionsDefinition, required: false, mediaTypes: ['*/*'] },
      responses: { 200: statusDefinition },
      action: 'deletecollection',
    });
  }
  return operations;
}

function listOperation(kind: Kind, id: string): Operation {
  const isWatchable = kind.verbs.includes('watch');
  return {
    ...common(kind, 'get', id),
    description: `list or watch objects of kind ${kind.kind}`,
    parameters: query(...listing, ...(isWatchable ? watching : [])),
    responses: { 200: listDefinitionNameOf(kind) },
    mediaTypes: isWatchable ? streamTypes : objectTypes,
    action: 'list',
  };
}

const strategic: PatchType = 'application/strategic-merge-patch+json';

/**
 * Whether a client can make strategic merge patches by our document alone. kubectl looks there first and warns
 * of every field that it does not find; for kinds that are open it then knows better by itself.
 */
const tellsMerging = (kind: Kind): boolean =>
  fieldsOf(kind.schema as JsonSchema).every(
    ([name, schema]) => name === 'status' || !keepsUnknownFields(schema),
  );

function itemOperations(
  kind: Kind,
  patchTypes: readonly PatchType[],
  subresource: '' | 'Status' = '',
): Operation[] {
  const own = definitionNameOf(kind);
  const of = subresource === '' ? `the specified ${kind.kind}` : `status of the specified ${kind.kind}`;
  const id = (verb: string): string => operationId(verb, kind, subresource);
  const get: Operation = {
    ...common(kind, 'get', id('read')),
    description: `read ${of}`,
    responses: { 200: own },
    action: 'get',
  };
  const put: Operation = {
    ...common(kind, 'put', id('replace')),
    description: `replace ${of}`,
    parameters: query(...writing),
    body: { definition: own, required: true, mediaTypes: ['*/*'] },
    responses: { 200: own, 201: own },
    action: 'put',
  };
  const patch: Operation = {
    ...common(kind, 'patch', id('patch')),
    description: `partially update ${of}`,
    // kubectl asks every PATCH of a kind for fieldValidation before it trusts the server to validate.
    parameters: query('dryRun', 'fieldManager.patch', 'fieldValidation', 'force'),
    body: {
      definition: patchDefinition,
      required: true,
      mediaTypes: patchTypes.filter((type) => type !== strategic || tellsMerging(kind)),
    },
    responses: { 200: own, 201: own },
    action: 'patch',
  };
  const remove: Operation = {
    ...common(kind, 'delete', id('delete')),
    description: `delete ${article(kind)} ${kind.kind}`,
    parameters: query(...deleting),
    body: { definition: deleteOptionsDefinition, required: false, mediaTypes: ['*/*'] },
    responses: { 200: statusDefinition, 202: statusDefinition },
    action: 'delete',
  };
  const byVerb = [
    ['get', get],
    ['update', put],
    ['patch', patch],
    ['delete', remove],
  ] as const;
  return byVerb.filter(([verb]) => kind.verbs.includes(verb)).map(([, operation]) => operation);
}

function common(kind: Kind, method: HttpMethod, id: string) {
  return {
    method,
    id,
    tag: tagOf(kind),
    parameters: [] as readonly Parameter[],
    mediaTypes: objectTypes as readonly string[],
    kind: { group: kind.group, version: kind.version, kind: kind.kind },
  };
}

const namespaceParameter: Parameter = {
  in: 'path',
  name: 'namespace',
  type: 'string',
  description: 'object name and auth scope, such as for teams and projects',
};

const nameParameter = (kind: Kind): Parameter => ({
  in: 'path',
  name: 'name',
  type: 'string',
  description: `name of the ${kind.kind}`,
});

/** Sorted by name, as upstream's documents are. */
function query(...names: readonly QueryParameterName[]): Parameter[] {
  return [...new Set(names)]
    .map((key) => ({
      in: 'query' as const,
      name: key === 'fieldManager.patch' ? 'fieldManager' : key,
      ...queryParameters[key],
    }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** `createServicesXK8sIoV3alpha1NamespacedEndpoint`, as kube-openapi composes it. */
function operationId(verb: string, kind: Kind, subresource = '', infix = ''): string {
  const scope = kind.namespaced ? 'Namespaced' : '';
  return `${verb}${operationPrefix(kind)}${infix}${scope}${kind.kind}${subresource}`;
}

const groupWord = (kind: Kind): string => (kind.group === '' ? 'core' : kind.group.replace(/\.k8s\.io$/, ''));
const operationPrefix = (kind: Kind): string => camel(groupWord(kind), true) + camel(kind.version, true);
const tagOf = (kind: Kind): string => `${camel(groupWord(kind), false)}_${camel(kind.version, false)}`;

/** Letters and digits, each letter after anything else in upper case. */
function camel(text: string, capitalizeFirst: boolean): string {
  const words = text.split(/[^\p{L}\p{N}_]+/u).filter((word) => word !== '');
  return words
    .map((word, i) => (i === 0 && !capitalizeFirst ? word : word.charAt(0).toUpperCase() + word.slice(1)))
    .join('');
}

const article = (kind: Kind): string => (/^[AEIOU]/.test(kind.kind) ? 'an' : 'a');
