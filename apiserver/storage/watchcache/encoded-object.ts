/**
 * An object as the cache keeps it: the bytes that lists and watches write, made once when it comes from the
 * store. Labels and the decoded object are read from them when somebody asks; the decoded ones of the most
 * recent askers are kept (`DecodedObjects`), since keeping all would cost four times the bytes.
 */
import type { FieldValues } from '../../../api/kind.ts';
import type { KubeObject } from '../../../api/meta/types.ts';
import { StorageError } from '../errors.ts';
import type { Entry, Revision, StorageKey } from '../storage.ts';
import { findMember, findObjectStart, isEmptyObject } from './json-members.ts';
import type { CachedObject } from './types.ts';

const NO_LABELS: Readonly<Record<string, string>> = Object.freeze({});

/** `"resourceVersion":""` */
const VERSION_MEMBER_BYTES = 20;

export class EncodedObject implements CachedObject {
  readonly key: StorageKey;
  readonly namespace: string;
  readonly name: string;
  readonly revision: Revision;
  readonly json: Buffer;
  /** Where `metadata`'s `{` is; resourceVersion is its first member. */
  readonly #metadataAt: number;
  readonly #decoded: DecodedObjects;
  #labels: Readonly<Record<string, string>> | undefined;
  #object: KubeObject | undefined;
  #fields: Map<string, FieldValues> | undefined;

  constructor(
    identity: { readonly key: StorageKey; readonly namespace: string; readonly name: string },
    revision: Revision,
    encoding: { readonly json: Buffer; readonly metadataAt: number },
    decoded: DecodedObjects,
  ) {
    this.key = identity.key;
    this.namespace = identity.namespace;
    this.name = identity.name;
    this.revision = revision;
    this.json = encoding.json;
    this.#metadataAt = encoding.metadataAt;
    this.#decoded = decoded;
  }

  get labels(): Readonly<Record<string, string>> {
    this.#labels ??= readLabels(this.json, this.#metadataAt);
    return this.#labels;
  }

  object(): KubeObject {
    if (this.#object === undefined) {
      this.#object = JSON.parse(this.json.toString()) as KubeObject;
      this.#decoded.keep(this);
    }
    return this.#object;
  }

  field(name: string, read: (object: KubeObject) => FieldValues): FieldValues {
    this.#fields ??= new Map();
    const known = this.#fields.get(name);
    if (known !== undefined || this.#fields.has(name)) return known;
    // Decoded for this only: what other readers keep decoded is not pushed out by a scan of everything.
    const value = read(this.#object ?? (JSON.parse(this.json.toString()) as KubeObject));
    this.#fields.set(name, value);
    return value;
  }

  /** As `field`, without keeping what was read: for indexes, which keep it themselves. */
  peek(name: string, read: (object: KubeObject) => FieldValues): FieldValues {
    if (this.#fields?.has(name) === true) return this.#fields.get(name);
    return read(this.#object ?? (JSON.parse(this.json.toString()) as KubeObject));
  }

  /** Lets go of the decoded object; the next `object()` decodes again. */
  forget(): void {
    this.#object = undefined;
  }

  /** The same object carrying another revision: what a DELETED event shows. */
  at(revision: Revision): EncodedObject {
    const { json } = this;
    const metadataAt = this.#metadataAt;
    const after = metadataAt + 1 + VERSION_MEMBER_BYTES + String(this.revision).length;
    const encoding = insertVersion(json, metadataAt, after, revision, false);
    return new EncodedObject(this, revision, { json: encoding, metadataAt }, this.#decoded);
  }
}

/** @throws StorageError `Corrupt` when the value is not a JSON object with metadata */
export function encodeEntry(entry: Entry, resource: string, decoded: DecodedObjects): EncodedObject {
  const { key, value, revision } = entry;
  const metadataAt = findObjectStart(value, 'metadata');
  if (metadataAt < 0) {
    throw new StorageError(
      'Corrupt',
      `the value of ${key} at revision ${revision} is not an object with metadata`,
    );
  }
  const json = insertVersion(value, metadataAt, metadataAt + 1, revision, !isEmptyObject(value, metadataAt));
  const slash = key.indexOf('/', resource.length);
  const identity = {
    key,
    namespace: slash < 0 ? '' : key.slice(resource.length, slash),
    name: key.slice(slash < 0 ? resource.length : slash + 1),
  };
  return new EncodedObject(identity, revision, { json, metadataAt }, decoded);
}

/**
 * Copies `source` with resourceVersion as the first member of the object that opens at `open`, going on with
 * `source` from `after`. The copy has memory of its own: a slice of a pooled or received buffer would keep all
 * of that buffer alive as long as the object.
 */
function insertVersion(
  source: Uint8Array,
  open: number,
  after: number,
  revision: Revision,
  comma: boolean,
): Buffer {
  const member = `"resourceVersion":"${revision}"${comma ? ',' : ''}`;
  const json = Buffer.allocUnsafeSlow(open + 1 + member.length + source.length - after);
  json.set(source.subarray(0, open + 1));
  json.write(member, open + 1, 'latin1');
  json.set(source.subarray(after), open + 1 + member.length);
  return json;
}

function readLabels(json: Buffer, metadataAt: number): Readonly<Record<string, string>> {
  const span = findMember(json, metadataAt, 'labels');
  if (span === undefined) return NO_LABELS;
  const labels = JSON.parse(json.toString('utf8', span.start, span.end)) as Record<string, string> | null;
  return labels ?? NO_LABELS;
}

/** The objects that are held decoded, oldest first out. Shared by all caches of a feed. */
export class DecodedObjects {
  readonly #slots: (EncodedObject | undefined)[];
  #next = 0;

  constructor(capacity: number) {
    this.#slots = new Array<EncodedObject | undefined>(Math.max(1, capacity));
  }

  keep(object: EncodedObject): void {
    this.#slots[this.#next]?.forget();
    this.#slots[this.#next] = object;
    this.#next = (this.#next + 1) % this.#slots.length;
  }
}
