/**
 * A request's body as an object of the kind (upstream: apiserver `pkg/endpoints/handlers/{create,rest}.go`):
 * decoded, of the right kind, without unknown fields, and with what `fieldValidation` wants said about those.
 */
import { apiVersionOf, type Kind } from '../../api/kind.ts';
import { type ApiError, badRequest } from '../../api/meta/api-error.ts';
import { fieldErrorMessage } from '../../api/meta/field-error.ts';
import type { KubeObject } from '../../api/meta/types.ts';
import type { Decoded } from '../../api/schema/decode.ts';
import { DecodeError } from '../../api/schema/json-scan.ts';
import { prune, validateStructure } from '../../api/schema/structural.ts';
import type { ApiRequest } from '../exchange.ts';
import { bodyDecoder } from '../negotiation/content-type.ts';
import { isJsonObject, type JsonObject, jsonTypeOf } from '../patch/json-value.ts';
import type { FieldValidation } from './write-options.ts';

/** Bytes of a body that cannot be decoded which the error shows. */
const SUMMARY_BYTES = 30;

/**
 * The object of a POST or PUT. Unknown and duplicate fields are dropped; Warn adds them to the warnings.
 * @throws ApiError UnsupportedMediaType, BadRequest
 */
export async function readObject(
  kind: Kind,
  request: ApiRequest,
  validation: FieldValidation,
): Promise<KubeObject> {
  const decode = bodyDecoder(request.headers['content-type'], kind.protobuf);
  const body = await request.body();
  const { value, duplicates } = decodeBody(kind, body, decode);
  if (!isJsonObject(value)) throw unrecognized(kind, body, 'json: the body is not an object');
  const problem = typeMetaProblem(value);
  if (problem !== undefined) throw unrecognized(kind, body, problem);
  const { object, unknownFields } = asObject(kind, value);
  const problems = strictProblems(unknownFields, duplicates);
  if (validation === 'Strict' && problems.length > 0) {
    throw notHandled(kind, kind.kind, `strict decoding error: ${problems.join(', ')}`);
  }
  if (validation === 'Warn') request.warnings.push(...problems);
  return object;
}

/** What strict decoding has to say, as texts. */
export function strictProblems(unknownFields: readonly string[], duplicates: readonly string[]): string[] {
  return [
    ...unknownFields.map((field) => `unknown field ${JSON.stringify(field)}`),
    ...duplicates.map((field) => `duplicate field ${JSON.stringify(field)}`),
  ];
}

/** What is wrong with kind or apiVersion as such: they are read before anything else, and are texts. */
function typeMetaProblem(value: JsonObject): string | undefined {
  for (const name of ['apiVersion', 'kind']) {
    const field = value[name] ?? '';
    if (typeof field === 'string') continue;
    const type = jsonTypeOf(field);
    return `couldn't get version/kind; json parse error: json: cannot unmarshal ${type} into Go struct field .${name} of type string`;
  }
  return undefined;
}

/**
 * A decoded value as an object of the kind, kind and apiVersion filled in from the URL where they are missing.
 * @throws ApiError BadRequest for another kind, and for metadata of a wrong type
 */
export function asObject(
  kind: Kind,
  value: JsonObject,
): { readonly object: KubeObject; readonly unknownFields: readonly string[] } {
  const expected = apiVersionOf(kind);
  const problem = typeMetaProblem(value);
  if (problem !== undefined) throw badRequest(problem);
  const givenKind = value.kind ?? '';
  const apiVersion = value.apiVersion ?? '';
  if (givenKind !== '' && givenKind !== kind.kind) {
    throw notHandled(kind, String(givenKind), 'the kind in the data does not match the expected kind');
  }
  if (apiVersion !== '' && apiVersion !== expected) {
    throw badRequest(
      `the API version in the data (${String(apiVersion)}) does not match the expected API version (${expected})`,
    );
  }
  const typed = { ...value, kind: kind.kind, apiVersion: expected, metadata: value.metadata ?? {} };
  const { value: object, unknownFields } = prune(typed, kind.schema);
  checkMetadata(kind, object.metadata);
  const metadata = withWholeOwners(withoutEmpty(object.metadata));
  return { object: { ...object, metadata } as unknown as KubeObject, unknownFields };
}

/**
 * Empty lists and maps of metadata are absent on the wire: Go's ObjectMeta writes none (`omitempty`). But for
 * managedFields, where empty asks for a reset.
 */
function withoutEmpty(metadata: object): JsonObject {
  const isEmpty = (value: unknown): boolean =>
    Array.isArray(value) ? value.length === 0 : isJsonObject(value) && Object.keys(value).length === 0;
  const fields = Object.entries(metadata);
  return Object.fromEntries(fields.filter(([name, value]) => name === 'managedFields' || !isEmpty(value)));
}

/** Go's OwnerReference has no absent fields: one that was left out is empty, and metadata's validation refuses it so. */
function withWholeOwners(metadata: JsonObject): JsonObject {
  const { ownerReferences: owners } = metadata;
  if (!Array.isArray(owners)) return metadata;
  const whole = owners.map((owner) => ({ apiVersion: '', kind: '', name: '', uid: '', ...owner }));
  return { ...metadata, ownerReferences: whole };
}

/** Metadata is read by the server itself, so a wrong type there is a decoding error and not a validation error. */
function checkMetadata(kind: Kind, metadata: unknown): void {
  const schema = (kind.schema.properties as Record<string, object> | undefined)?.metadata;
  if (schema === undefined) return;
  const wrong = validateStructure(metadata, schema).find((error) => error.type === 'FieldValueTypeInvalid');
  if (wrong === undefined) return;
  const field = wrong.field === '' ? 'metadata' : `metadata.${wrong.field}`;
  throw notHandled(kind, kind.kind, fieldErrorMessage({ ...wrong, field }));
}

const notHandled = (kind: Kind, given: string, why: string): ApiError =>
  badRequest(
    `${given} in version ${JSON.stringify(kind.version)} cannot be handled as a ${kind.kind}: ${why}`,
  );

function decodeBody(kind: Kind, body: Uint8Array, decode: (bytes: Uint8Array) => Decoded): Decoded {
  try {
    return decode(body);
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    throw unrecognized(kind, body, `couldn't get version/kind; json parse error: ${error.message}`);
  }
}

const unrecognized = (kind: Kind, body: Uint8Array, why: string): ApiError =>
  badRequest(`the object provided is unrecognized (must be of type ${kind.kind}): ${why} (${summary(body)})`);

/** The beginning of a body: as it is where it looks like JSON, in hexadecimal otherwise. */
function summary(body: Uint8Array): string {
  if (body.byteLength === 0) return '<empty>';
  const start = Buffer.from(body.subarray(0, SUMMARY_BYTES));
  const text = body[0] === '{'.charCodeAt(0) ? start.toString() : start.toString('hex');
  return body.byteLength > SUMMARY_BYTES ? `${text} ...` : text;
}
