/**
 * NamespaceLifecycle: nothing new in a namespace that does not exist or is going away
 * (upstream: apiserver `pkg/admission/plugin/namespace/lifecycle`). Without it a namespace's deletion races
 * with creates and leaves objects behind.
 */
import { forbidden, notFound } from '../../api/meta/api-error.ts';
import type { AdmissionPlugin } from './admission.ts';
import type { NamespaceLookup, NamespaceState } from './namespace-lookup.ts';

/** How long a namespace that the cache does not know may take to arrive there, in milliseconds. */
export const MISSING_NAMESPACE_WAIT = 50;

const namespaces = { group: '', resource: 'namespaces', kind: 'Namespace' };

export interface NamespaceLifecycleOptions {
  readonly lookup: NamespaceLookup;
  /** Waits; tests return at once. */
  readonly sleep: (milliseconds: number, signal: AbortSignal) => Promise<void>;
}

export function createNamespaceLifecycle({ lookup, sleep }: NamespaceLifecycleOptions): AdmissionPlugin {
  const stateOf = async (name: string, signal: AbortSignal): Promise<NamespaceState | undefined> => {
    const cached = lookup.cached(name);
    if (cached !== undefined) return cached;
    await sleep(MISSING_NAMESPACE_WAIT, signal);
    return lookup.cached(name) ?? (await lookup.live(name, signal));
  };
  return {
    name: 'NamespaceLifecycle',
    // First in the chain and in its mutating half, as upstream: no other plugin sees what it refuses.
    async mutate(attributes) {
      const { operation, namespace, subject, name, signal } = attributes;
      if (operation !== 'CREATE' || namespace === '') return;
      const state = await stateOf(namespace, signal);
      if (state === undefined) throw notFound(namespaces, namespace);
      if (state === 'Active') return;
      const refusal = forbidden(
        subject,
        name,
        `unable to create new content in namespace ${namespace} because it is being terminated`,
      );
      const cause = {
        reason: 'NamespaceTerminating',
        message: `namespace ${namespace} is being terminated`,
        field: 'metadata.namespace',
      };
      refusal.status.details = { ...refusal.status.details, causes: [cause] };
      throw refusal;
    },
  };
}
