/**
 * Where NamespaceLifecycle learns about namespaces: from kube-apiserver in a cluster, from our own store in
 * standalone mode.
 */
import { isReason } from '../../api/meta/api-error.ts';
import type { KubeObject } from '../../api/meta/types.ts';
import type { ApiClient, ResourceRef } from '../../client/types.ts';
import { objectKey } from '../storage/key.ts';
import type { CacheSnapshot } from '../storage/watchcache/types.ts';

export type NamespaceState = 'Active' | 'Terminating';

export interface NamespaceLookup {
  /** What is known without asking; undefined: not known, which does not mean that it does not exist. */
  cached(name: string): NamespaceState | undefined;
  /** What is true now; undefined: there is none. @throws ApiError when nobody can tell */
  live(name: string, signal: AbortSignal): Promise<NamespaceState | undefined>;
}

/** A namespace that is being deleted is Terminating, even before a controller has said so in its phase. */
export function namespaceState(namespace: KubeObject): NamespaceState {
  if (namespace.metadata.deletionTimestamp !== undefined) return 'Terminating';
  const { status } = namespace as KubeObject & { readonly status?: { readonly phase?: unknown } };
  return status?.phase === 'Terminating' ? 'Terminating' : 'Active';
}

const namespacesRef: ResourceRef = {
  group: '',
  version: 'v1',
  plural: 'namespaces',
  kind: 'Namespace',
  namespaced: false,
};

/** @param informed what a watch of namespaces has seen so far; without one every create asks live */
export function createClientNamespaceLookup(
  client: ApiClient,
  informed: (name: string) => KubeObject | undefined = () => undefined,
): NamespaceLookup {
  const resource = client.resource<KubeObject>(namespacesRef);
  return {
    cached(name) {
      const namespace = informed(name);
      return namespace === undefined ? undefined : namespaceState(namespace);
    },
    async live(name) {
      try {
        return namespaceState(await resource.get(undefined, name));
      } catch (error) {
        if (isReason(error, 'NotFound')) return undefined;
        throw error;
      }
    },
  };
}

/** The watch cache of our own Namespace kind, and a way to wait until it holds every acknowledged write. */
export interface StoredNamespaces {
  readonly prefix: string;
  snapshot(): CacheSnapshot;
  readonly consistent: (signal: AbortSignal) => Promise<unknown>;
}

export function createStoredNamespaceLookup(namespaces: StoredNamespaces): NamespaceLookup {
  const read = (name: string): NamespaceState | undefined => {
    const found = namespaces.snapshot().get(objectKey(namespaces.prefix, '', name));
    return found === undefined ? undefined : namespaceState(found.object());
  };
  return {
    cached: read,
    async live(name, signal) {
      await namespaces.consistent(signal);
      return read(name);
    },
  };
}
