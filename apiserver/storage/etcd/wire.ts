/** etcd's messages and key ranges in the storage contract's terms. */
import type { IEvent, IKeyValue } from 'etcd3';
import type { Entry, Revision, StorageKey, StoreEvent } from '../storage.ts';

export function entryOf(kv: IKeyValue): Entry {
  return { key: kv.key.toString() as StorageKey, value: kv.value, revision: revisionOf(kv.mod_revision) };
}

export function revisionOf(text: string): Revision {
  return Number(text) as Revision;
}

/** Undefined where the event needs an object before it that etcd has compacted away. */
export function storeEvent({ type, kv, prev_kv: before }: IEvent): StoreEvent | undefined {
  // protobuf leaves out what is not set; the declared type does not say so.
  const previous = (before as IEvent['prev_kv'] | null) === null ? undefined : entryOf(before);
  if (type === 'Delete') {
    if (previous === undefined) return undefined;
    const { key } = previous;
    return { type: 'delete', key, revision: revisionOf(kv.mod_revision), previous };
  }
  if (previous === undefined && kv.create_revision !== kv.mod_revision) return undefined;
  return { type: 'put', entry: entryOf(kv), previous };
}

/** The first key of a prefix, or the one after `after`. The prefix itself followed by 0x00 is no object (`progressKey`). */
export function rangeStart(prefix: string, after: StorageKey | undefined): Buffer {
  return after === undefined || after < prefix ? Buffer.from(`${prefix}\x01`) : Buffer.from(`${after}\0`);
}

/** `prefix` ends in '/', so its last byte can always be one more. */
export function prefixEnd(prefix: string): Buffer {
  const end = Buffer.from(prefix);
  end[end.length - 1] = (end.at(-1) ?? 0) + 1;
  return end;
}

/** Under the watched prefix but before every object's key, where ranges do not look. */
export function progressKey(prefix: string): Buffer {
  return Buffer.from(`${prefix}\0progress`);
}
