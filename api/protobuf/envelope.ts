/**
 * How Kubernetes wraps a protobuf object: four magic bytes, then a `runtime.Unknown` with the type and the
 * object's own bytes (apimachinery `pkg/runtime/serializer/protobuf/protobuf.go`, `pkg/runtime/generated.proto`).
 */
import { DecodeError } from '../schema/json-scan.ts';
import { decodeMessage, type JsonObject, type Message, message, nested, text } from './message.ts';
import { wireFields } from './wire.ts';

const magic = Buffer.from('k8s\0');
const rawField = 2;

const typeMeta = message({ 1: text('apiVersion'), 2: text('kind') });
const unknown = message({ 1: nested('typeMeta', typeMeta), 3: text('contentEncoding') });

/** The object as its JSON would be, apiVersion and kind included where given. @throws DecodeError */
export function decodeEnvelope(body: Uint8Array, object: Message): JsonObject {
  if (!magic.equals(body.subarray(0, magic.byteLength))) {
    const prefix = [...magic].join(' ');
    throw new DecodeError(
      `provided data does not appear to be a protobuf message, expected prefix [${prefix}]`,
    );
  }
  const bytes = body.subarray(magic.byteLength);
  const { typeMeta: type, contentEncoding } = decodeMessage(bytes, unknown);
  if (contentEncoding !== undefined) {
    throw new DecodeError(`the content encoding ${JSON.stringify(contentEncoding)} is not known`);
  }
  let raw = new Uint8Array();
  for (const { number, value } of wireFields(bytes)) {
    if (number === rawField && value.type === 'bytes') raw = Uint8Array.from(value.value);
  }
  return { ...(type as JsonObject | undefined), ...decodeMessage(raw, object) };
}
