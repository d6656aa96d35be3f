/** DeleteOptions: the body where there is one, else the query (upstream: apiserver `pkg/endpoints/handlers/delete.go`). */
import type { Kind } from '../../api/kind.ts';
import { badRequest, invalidObject } from '../../api/meta/api-error.ts';
import { type FieldError, invalid, notSupported } from '../../api/meta/field-error.ts';
import { deleteOptions } from '../../api/protobuf/meta.ts';
import type { Decoded } from '../../api/schema/decode.ts';
import { DecodeError } from '../../api/schema/json-scan.ts';
import type { ApiRequest } from '../exchange.ts';
import { bodyDecoder } from '../negotiation/content-type.ts';
import { isJsonObject, type JsonObject } from '../patch/json-value.ts';
import type { DeleteOptions, Preconditions } from '../registry/rest.ts';
import { booleanParameter, integerParameter } from './query.ts';
import { dryRunErrors, optionsSubject } from './write-options.ts';

export interface DeleteRequestOptions extends DeleteOptions {
  /** `orphanDependents: false` makes the answer of a pending deletion 202. */
  readonly orphanDependents: boolean | undefined;
}

/** As they came, before what contradicts is refused. */
interface RawOptions {
  readonly dryRun: readonly string[];
  readonly preconditions: Preconditions;
  readonly propagationPolicy: string | undefined;
  readonly orphanDependents: boolean | undefined;
  readonly gracePeriodSeconds: number | undefined;
}

const policies = ['Foreground', 'Background', 'Orphan'] as const;
type Policy = (typeof policies)[number];
const isPolicy = (text: string): text is Policy => (policies as readonly string[]).includes(text);

/** @throws ApiError BadRequest, UnsupportedMediaType, Invalid */
export async function readDeleteOptions(kind: Kind, request: ApiRequest): Promise<DeleteRequestOptions> {
  const body = await request.body();
  const raw = body.byteLength === 0 ? fromQuery(request.query) : fromBody(kind, request, body);
  const errors = validate(raw);
  if (errors.length > 0) throw invalidObject(optionsSubject('DeleteOptions'), '', errors);
  return {
    dryRun: raw.dryRun.length > 0,
    preconditions: raw.preconditions,
    propagationPolicy: policyOf(raw),
    gracePeriodSeconds: raw.gracePeriodSeconds,
    orphanDependents: raw.orphanDependents,
  };
}

function policyOf({ propagationPolicy, orphanDependents }: RawOptions): Policy | undefined {
  if (orphanDependents !== undefined) return orphanDependents ? 'Orphan' : 'Background';
  return propagationPolicy !== undefined && isPolicy(propagationPolicy) ? propagationPolicy : undefined;
}

function validate({ propagationPolicy, orphanDependents, dryRun }: RawOptions): FieldError[] {
  const errors: FieldError[] = [];
  if (propagationPolicy !== undefined && orphanDependents !== undefined) {
    const detail = 'orphanDependents and deletionPropagation cannot be both set';
    errors.push(invalid('propagationPolicy', propagationPolicy, detail));
  }
  if (propagationPolicy !== undefined && !isPolicy(propagationPolicy)) {
    errors.push(notSupported('propagationPolicy', propagationPolicy, [...policies, 'nil']));
  }
  return [...errors, ...dryRunErrors(dryRun)];
}

function fromQuery(query: URLSearchParams): RawOptions {
  return {
    dryRun: query.getAll('dryRun'),
    // Not in the query: preconditions are a struct, which has no spelling there.
    preconditions: {},
    propagationPolicy: query.get('propagationPolicy') ?? undefined,
    orphanDependents: booleanParameter(query, 'orphanDependents'),
    gracePeriodSeconds: integerParameter(query, 'gracePeriodSeconds'),
  };
}

function fromBody(kind: Kind, request: ApiRequest, body: Uint8Array): RawOptions {
  const protobuf = kind.protobuf === undefined ? undefined : deleteOptions;
  const value = decoded(bodyDecoder(request.headers['content-type'], protobuf), body);
  checkType(kind, value);
  const preconditions = optional(value, 'preconditions', isJsonObject, 'an object') ?? {};
  const uid = optional(preconditions, 'uid', isText, 'a string');
  const resourceVersion = optional(preconditions, 'resourceVersion', isText, 'a string');
  return {
    dryRun: optional(value, 'dryRun', isTextList, 'a list of strings') ?? [],
    preconditions: {
      ...(uid === undefined ? {} : { uid }),
      ...(resourceVersion === undefined ? {} : { resourceVersion }),
    },
    propagationPolicy: optional(value, 'propagationPolicy', isText, 'a string'),
    orphanDependents: optional(value, 'orphanDependents', isBoolean, 'a boolean'),
    gracePeriodSeconds: optional(value, 'gracePeriodSeconds', isInteger, 'an integer'),
  };
}

function decoded(decode: (body: Uint8Array) => Decoded, body: Uint8Array): JsonObject {
  try {
    const { value } = decode(body);
    if (isJsonObject(value)) return value;
  } catch (error) {
    if (error instanceof DecodeError) throw badRequest(error.message);
    throw error;
  }
  throw badRequest('DeleteOptions must be an object');
}

/** kubectl sends neither kind nor apiVersion; old clients send those of the group they delete from. */
function checkType(kind: Kind, value: JsonObject): void {
  const { kind: given = 'DeleteOptions', apiVersion = 'v1' } = value;
  const known = ['', 'v1', 'meta.k8s.io/v1', `${kind.group}/${kind.version}`];
  if ((given === 'DeleteOptions' || given === '') && known.some((each) => each === apiVersion)) return;
  throw badRequest(
    `no kind ${JSON.stringify(given)} is registered for version ${JSON.stringify(apiVersion)}`,
  );
}

const isText = (value: unknown): value is string => typeof value === 'string';
const isBoolean = (value: unknown): value is boolean => typeof value === 'boolean';
const isInteger = (value: unknown): value is number => Number.isSafeInteger(value);
const isTextList = (value: unknown): value is string[] => Array.isArray(value) && value.every(isText);

function optional<T>(
  value: JsonObject,
  key: string,
  is: (value: unknown) => value is T,
  expected: string,
): T | undefined {
  const found = value[key];
  if (found === undefined || found === null) return undefined;
  if (is(found)) return found;
  throw badRequest(`DeleteOptions: ${key} must be ${expected}`);
}
