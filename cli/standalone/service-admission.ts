/** Puts the allocator in front of every write of a Service: defaults first, then addresses and ports. */
import { prepareService } from '../../api/core/service/kind.ts';
import type { V1Service } from '../../api/core/types.ts';
import { invalidObject } from '../../api/meta/api-error.ts';
import type { AdmissionPlugin } from '../../apiserver/admission/admission.ts';
import type { Feed, ResourceCache } from '../../apiserver/storage/watchcache/types.ts';
import type { ServiceAllocator } from './service-allocator.ts';

/**
 * @param consistent resolves when the allocator has heard of every write so far: a Service deleted a moment ago,
 *   as its client knows, must not hold its address any more
 */
export function createServiceAdmission(
  allocator: ServiceAllocator,
  consistent: (signal: AbortSignal) => Promise<unknown>,
): AdmissionPlugin {
  return {
    name: 'ServiceAllocation',
    async mutate({ kind, operation, subresource, object, oldObject, subject, name, dryRun, signal }) {
      if (kind.group !== '' || kind.plural !== 'services' || subresource !== '') return;
      if (object === undefined || operation === 'DELETE') return;
      const service = object as V1Service;
      const old = oldObject as V1Service | undefined;
      prepareService(service, old);
      const asked = structuredClone(service.spec);
      let errors = allocator.allocate(service, old, dryRun);
      if (errors.length > 0) {
        await consistent(signal);
        if (asked !== undefined) service.spec = asked;
        errors = allocator.allocate(service, old, dryRun);
      }
      if (errors.length > 0) throw invalidObject(subject, name, errors);
    },
  };
}

/** Tells the allocator what is stored: everything now, then every change. Call once the feed is ready. */
export function followServices(allocator: ServiceAllocator, feed: Feed, services: ResourceCache): () => void {
  for (const entry of services.snapshot().range(services.prefix)) {
    allocator.observe(undefined, entry.object() as V1Service);
  }
  return feed.subscribe((batch) => {
    for (const { cache, current, previous } of batch.changes) {
      if (cache !== services) continue;
      allocator.observe(
        previous?.object() as V1Service | undefined,
        current?.object() as V1Service | undefined,
      );
    }
  });
}
