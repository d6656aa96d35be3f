/** `<namespace>/<name>`, or `<name>` for cluster-scoped objects: made and taken apart in one place. */
import type { KubeObject } from '../../api/meta/types.ts';
import type { ObjectKey } from './types.ts';

export function keyOf(object: KubeObject): ObjectKey {
  return joinKey(object.metadata.namespace, object.metadata.name ?? '');
}

export function joinKey(namespace: string | undefined, name: string): ObjectKey {
  return namespace === undefined || namespace === '' ? name : `${namespace}/${name}`;
}

export function splitKey(key: ObjectKey): { readonly namespace: string | undefined; readonly name: string } {
  const slash = key.indexOf('/');
  return slash < 0
    ? { namespace: undefined, name: key }
    : { namespace: key.slice(0, slash), name: key.slice(slash + 1) };
}
