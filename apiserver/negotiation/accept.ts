/**
 * What an Accept header asks for, and whether we have it
 * (upstream: apiserver `pkg/endpoints/handlers/negotiation/negotiate.go`). Pure.
 *
 * Clauses are tried by weight, then in their order; one that we cannot serve (protobuf, an unknown `as=`) is
 * skipped, never answered in another format. Every Kubernetes client lists a JSON clause behind its protobuf one.
 */
import { ApiError, badRequest } from '../../api/meta/api-error.ts';

export type Encoding = 'json' | 'yaml';

export type TransformKind = 'Table' | 'PartialObjectMetadata' | 'PartialObjectMetadataList';

/** The object as another kind of meta.k8s.io. */
export interface Transform {
  readonly kind: TransformKind;
  /** `meta.k8s.io/v1`, or `meta.k8s.io/v1beta1` for old clients (the shapes are the same). */
  readonly apiVersion: string;
}

/** What a Table's rows carry beside their cells. */
export type IncludeObject = 'Metadata' | 'Object' | 'None';

export interface OutputFormat {
  readonly encoding: Encoding;
  readonly pretty: boolean;
  readonly transform: Transform | undefined;
  readonly includeObject: IncludeObject;
}

/** The parts of a request that decide its answer's format. */
export interface NegotiableRequest {
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly query: URLSearchParams;
}

export interface MediaClause {
  readonly type: string;
  readonly parameters: ReadonlyMap<string, string>;
  readonly weight: number;
}

export const mediaTypes: Readonly<Record<Encoding, string>> = {
  json: 'application/json',
  yaml: 'application/yaml',
};

const encodings: readonly Encoding[] = ['json', 'yaml'];
const transformKinds: ReadonlySet<string> = new Set<TransformKind>([
  'Table',
  'PartialObjectMetadata',
  'PartialObjectMetadataList',
]);
const metaVersions: ReadonlySet<string> = new Set(['v1', 'v1beta1']);
/** User agents of people: they get indented JSON without asking. */
const humanAgents = ['curl', 'Wget', 'Mozilla/5.0'];

/** An Accept header's clauses, heaviest first; clauses with weight 0 are refusals and left out. */
export function parseAccept(header: string): MediaClause[] {
  const clauses: MediaClause[] = [];
  for (const part of header.split(',')) {
    const [type = '', ...rest] = part.split(';');
    const parameters = new Map<string, string>();
    for (const parameter of rest) {
      const equals = parameter.indexOf('=');
      if (equals < 0) continue;
      const value = parameter.slice(equals + 1).trim();
      parameters.set(parameter.slice(0, equals).trim().toLowerCase(), value.replace(/^"(.*)"$/, '$1'));
    }
    const weight = Number(parameters.get('q') ?? '1');
    if (type.trim() === '' || !(weight > 0)) continue;
    clauses.push({ type: type.trim().toLowerCase(), parameters, weight });
  }
  return clauses.sort((a, b) => b.weight - a.weight);
}

export const notAcceptable = (accepted: readonly string[]): ApiError =>
  new ApiError('NotAcceptable', `only the following media types are accepted: ${accepted.join(', ')}`);

/**
 * The format of an answer that is one object or list.
 * @throws ApiError NotAcceptable; BadRequest for an unknown `includeObject` of a Table
 */
export function negotiateOutput(request: NegotiableRequest): OutputFormat {
  return negotiate(request, encodings);
}

/** The format of a watch: JSON lines only. @throws ApiError NotAcceptable, BadRequest */
export function negotiateStream(request: NegotiableRequest): OutputFormat {
  return negotiate(request, ['json'], ';stream=watch');
}

function negotiate(request: NegotiableRequest, offered: readonly Encoding[], suffix = ''): OutputFormat {
  const header = request.headers.accept ?? '';
  if (header.trim() === '') return format(request, 'json', undefined, new Map());
  for (const clause of parseAccept(header)) {
    const encoding = offered.find((e) => covers(clause.type, mediaTypes[e]));
    if (encoding === undefined) continue;
    const transform = transformOf(clause.parameters);
    if (transform === 'unknown') continue;
    const stream = clause.parameters.get('stream') ?? '';
    if (stream !== '' && stream !== 'watch') continue;
    return format(request, encoding, transform, clause.parameters);
  }
  throw notAcceptable(offered.map((e) => `${mediaTypes[e]}${suffix}`));
}

function covers(range: string, mediaType: string): boolean {
  return range === mediaType || range === '*/*' || range === 'application/*';
}

function transformOf(parameters: ReadonlyMap<string, string>): Transform | undefined | 'unknown' {
  const kind = parameters.get('as');
  const group = parameters.get('g');
  const version = parameters.get('v');
  if (kind === undefined && group === undefined && version === undefined) return undefined;
  if (kind === undefined || !transformKinds.has(kind)) return 'unknown';
  if (group !== 'meta.k8s.io' || version === undefined || !metaVersions.has(version)) return 'unknown';
  return { kind: kind as TransformKind, apiVersion: `${group}/${version}` };
}

function format(
  request: NegotiableRequest,
  encoding: Encoding,
  transform: Transform | undefined,
  parameters: ReadonlyMap<string, string>,
): OutputFormat {
  const includeObject = transform?.kind === 'Table' ? includeObjectOf(request.query) : 'Metadata';
  const pretty = parameters.get('pretty') === '1' || isPretty(request);
  return { encoding, pretty, transform, includeObject };
}

function includeObjectOf(query: URLSearchParams): IncludeObject {
  const value = query.get('includeObject') ?? '';
  if (value === '') return 'Metadata';
  if (value === 'Metadata' || value === 'Object' || value === 'None') return value;
  throw badRequest(
    `Unable to convert to Table as requested: includeObject: Invalid value: ${JSON.stringify(value)}: must be 'Metadata', 'Object', 'None', or empty`,
  );
}

function isPretty(request: NegotiableRequest): boolean {
  const asked = request.query.get('pretty') ?? '';
  if (asked !== '') return ['1', 't', 'T', 'TRUE', 'true', 'True'].includes(asked);
  const agent = request.headers['user-agent'] ?? '';
  return humanAgents.some((human) => agent.startsWith(human));
}
