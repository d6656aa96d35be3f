/**
 * What a path asks for (upstream: apiserver `pkg/endpoints/request/requestinfo.go`). Pure.
 */
import { badRequest } from '../api/meta/api-error.ts';

export interface RequestInfo {
  readonly isResource: boolean;
  readonly path: string;
  /**
   * get, list, watch, create, update, patch, delete or deletecollection for resources; the lower-case HTTP
   * method otherwise.
   */
  readonly verb: string;
  readonly group: string;
  readonly version: string;
  /** '' for cluster scope and for lists over all namespaces. */
  readonly namespace: string;
  /** The plural. */
  readonly resource: string;
  readonly subresource: string;
  /** '' for collections, unless a single `metadata.name=` field selector names it. */
  readonly name: string;
  /** Path segments from the resource on, as split: `[resource, name?, subresource?, …]`. */
  readonly parts: readonly string[];
}

/** What the parser reads; `path` still percent-encoded, without the query. */
export interface RequestLine {
  /** Upper case. */
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
}

const verbOfMethod: Readonly<Record<string, string>> = {
  GET: 'get',
  HEAD: 'get',
  POST: 'create',
  PUT: 'update',
  PATCH: 'patch',
  DELETE: 'delete',
};

/** Deprecated path prefixes that name the verb: `/apis/<g>/<v>/watch/<plural>`. */
const verbPrefixes: ReadonlySet<string> = new Set(['proxy', 'watch']);

/** `/namespaces/<name>/status` is a subresource, not a resource called "status" in that namespace. */
const namespaceSubresources: ReadonlySet<string> = new Set(['status', 'finalize']);

/**
 * Splits a request into what authorization and dispatch ask about. The path is decoded whole before it is
 * split, as Go's URL parser does, so that this server and the kube-apiserver before it authorize the same thing.
 *
 * @throws ApiError BadRequest for a malformed percent escape
 */
export function parseRequestInfo(line: RequestLine): RequestInfo {
  const path = decodePath(line.path);
  const other = nonResource(path, line.method);
  const segments = splitPath(path);
  const grouped = segments[0] === 'apis';
  if (!grouped && segments[0] !== 'api') return other;
  const group = grouped ? (segments[1] ?? '') : '';
  const version = segments[grouped ? 2 : 1] ?? '';
  let rest = segments.slice(grouped ? 3 : 2);
  if (rest.length === 0) return other;

  let verb = verbOfMethod[line.method] ?? '';
  if (verbPrefixes.has(rest[0] ?? '')) {
    if (rest.length < 2) return other;
    verb = rest[0] ?? '';
    rest = rest.slice(1);
  }
  const scoped = splitNamespace(rest);
  const [resource = '', name = ''] = scoped.parts;
  const subresource = verb === 'proxy' ? '' : (scoped.parts[2] ?? '');
  const refined = name === '' ? refineCollectionVerb(verb, line.query) : { verb, name };
  return {
    isResource: true,
    path,
    verb: refined.verb,
    group,
    version,
    namespace: scoped.namespace,
    resource,
    subresource,
    name: refined.name,
    parts: scoped.parts,
  };
}

const nonResource = (path: string, method: string): RequestInfo => ({
  isResource: false,
  path,
  verb: method.toLowerCase(),
  group: '',
  version: '',
  namespace: '',
  resource: '',
  subresource: '',
  name: '',
  parts: [],
});

function decodePath(path: string): string {
  if (!path.includes('%')) return path;
  try {
    return decodeURIComponent(path);
  } catch {
    throw badRequest(`invalid URL escape in path ${JSON.stringify(path)}`);
  }
}

function splitPath(path: string): string[] {
  const trimmed = path.replace(/^\/+|\/+$/g, '');
  return trimmed === '' ? [] : trimmed.split('/');
}

/** `namespaces/<ns>/<plural>…` is that plural in a namespace; `namespaces/<ns>` alone is the Namespace itself. */
function splitNamespace(rest: readonly string[]): { namespace: string; parts: readonly string[] } {
  if (rest[0] !== 'namespaces' || rest.length < 2) return { namespace: '', parts: rest };
  const namespace = rest[1] ?? '';
  const inside = rest.length > 2 && !namespaceSubresources.has(rest[2] ?? '');
  return { namespace, parts: inside ? rest.slice(2) : rest };
}

function refineCollectionVerb(verb: string, query: URLSearchParams): { verb: string; name: string } {
  if (verb === 'delete') return { verb: 'deletecollection', name: '' };
  if (verb !== 'get') return { verb, name: '' };
  return {
    verb: isTrueParameter(query.get('watch')) ? 'watch' : 'list',
    name: nameFromFieldSelector(query.get('fieldSelector') ?? ''),
  };
}

/** Kubernetes' reading of a boolean parameter: present and neither `false` nor `0`; present without a value is true. */
export function isTrueParameter(value: string | null): boolean {
  return value !== null && !['false', '0'].includes(value.toLowerCase());
}

/**
 * The name that a selector pins down with `metadata.name=<name>`, '' when it pins none. Authorization then is
 * about that one object, so that `kubectl get -w <name>` works for who may see only that object.
 */
function nameFromFieldSelector(selector: string): string {
  const terms = selector.match(/(?:\\.|[^,\\])+/g) ?? [];
  let found = '';
  for (const term of terms) {
    const parsed = /^([^=!]+)(==|!=|=)(.*)$/s.exec(term);
    if (parsed === null) return '';
    const [, field = '', operator = '', value = ''] = parsed;
    if (field !== 'metadata.name' || operator === '!=' || found !== '') continue;
    found = value.replace(/\\([\\,=])/g, '$1');
  }
  return isPathSegment(found) ? found : '';
}

const isPathSegment = (name: string): boolean => name !== '.' && name !== '..' && !/[/%]/.test(name);
