/** Objects as the storage keeps them: JSON without metadata.resourceVersion, which is the entry's revision. */
import type { KubeObject, ResourceVersion } from '../../api/meta/types.ts';
import { checkValueSize } from '../storage/limits.ts';
import type { Entry, Revision } from '../storage/storage.ts';
import type { ObjectView } from './rest.ts';

const decoder = new TextDecoder();

export const versionOf = (revision: Revision): ResourceVersion => String(revision) as ResourceVersion;

export function decodeEntry(entry: Entry): KubeObject {
  const object = JSON.parse(decoder.decode(entry.value)) as KubeObject;
  object.metadata = { resourceVersion: versionOf(entry.revision), ...object.metadata };
  return object;
}

/** @throws StorageError TooLarge */
export function encodeForStorage(object: KubeObject): Uint8Array {
  const { kind, apiVersion, metadata, ...rest } = object;
  const { resourceVersion: _, ...stored } = metadata;
  // kind, apiVersion and metadata first, as readers expect; the rest as it came.
  const value = Buffer.from(JSON.stringify({ kind, apiVersion, metadata: stored, ...rest }));
  checkValueSize(value);
  return value;
}

/** An object that was just written or read, encoded when somebody wants its bytes. */
export function viewOf(object: KubeObject): ObjectView {
  let json: Uint8Array | undefined;
  return {
    get json() {
      json ??= Buffer.from(JSON.stringify(object));
      return json;
    },
    object: () => object,
  };
}

/** As `viewOf`, at the revision of a write. */
export function writtenView(object: KubeObject, revision: Revision): ObjectView {
  const { kind, apiVersion, metadata, ...rest } = object;
  const { resourceVersion: _, ...unversioned } = metadata;
  return viewOf({
    kind,
    apiVersion,
    metadata: { resourceVersion: versionOf(revision), ...unversioned },
    ...rest,
  });
}
