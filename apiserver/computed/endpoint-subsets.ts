/**
 * EndpointSubset as a resource: get, list and watch of answers that are stored nowhere. Every replica gives
 * the same answer for the same revision, since all it depends on lies in the store.
 */
import type { Kind } from '../../api/kind.ts';
import { ApiError, badRequest, notFound } from '../../api/meta/api-error.ts';
import { parseSubsetName } from '../../api/services/v3alpha1/endpoint-subset/name.ts';
import { FRESHNESS_WAIT, tooLargeResourceVersion } from '../registry/resource-version.ts';
import type {
  ListOptions,
  ListResult,
  ObjectView,
  Reader,
  RequestContext,
  Resource,
} from '../registry/rest.ts';
import { bridged } from '../registry/storage-errors.ts';
import { SharedAnswers } from './shared-answers.ts';
import { SubsetIndex } from './subset-index.ts';
import { computeSubset, viewAt } from './subset-object.ts';
import { refuseUnserved, subsetQuery } from './subset-query.ts';
import { pastSource } from './subset-source.ts';
import { formatSubsetVersion, parseSubsetVersion } from './subset-version.ts';
import { isSelected, type SubsetWatchDependencies, watchSubsets } from './subset-watch.ts';

export function createEndpointSubsetResource(kind: Kind, dependencies: SubsetWatchDependencies): Resource {
  const { feed, caches } = dependencies;
  const index = new SubsetIndex(feed, caches);
  const watchContext = { ...dependencies, index, answers: new SharedAnswers(index) };
  const subject = { group: kind.group, resource: kind.plural, kind: kind.kind };

  /** Waits until the caches are as fresh as the version asks for. */
  async function freshen(context: RequestContext, name: string, resourceVersion: string): Promise<void> {
    if (!feed.ready) {
      throw new ApiError('TooManyRequests', 'storage is (re)initializing', { retryAfterSeconds: 1 });
    }
    if (resourceVersion === '0') return;
    if (resourceVersion === '') {
      await bridged(subject, name, () => feed.consistent(context.signal));
      return;
    }
    const { revision } = parseSubsetVersion(resourceVersion);
    if (await feed.waitUntil(revision, FRESHNESS_WAIT, context.signal)) return;
    throw tooLargeResourceVersion(resourceVersion, feed.revision);
  }

  const reader: Reader = {
    async get(context, namespace, name, resourceVersion): Promise<ObjectView> {
      await freshen(context, name, resourceVersion);
      const parsed = parseSubsetName(name);
      if (parsed !== undefined) refuseUnserved(parsed.place);
      const source = index.source();
      const group = parsed === undefined ? undefined : source.group(namespace, parsed.group);
      // One shard is served: a name that asks for another part of the answer names nothing.
      const whole = (parsed?.shard?.count ?? 1) === 1;
      if (parsed === undefined || group === undefined || !whole) throw notFound(subject, name);
      return viewAt(computeSubset(source, group, parsed.place), formatSubsetVersion(source.revision));
    },

    async list(context, options: ListOptions): Promise<ListResult> {
      const query = subsetQuery(options.fields);
      if (options.continueToken !== '') {
        throw badRequest('continue: EndpointSubsets are listed whole, no list hands out a continue token');
      }
      await freshen(context, '', options.resourceVersion);
      const exact =
        options.resourceVersionMatch === 'Exact' ? parseSubsetVersion(options.resourceVersion) : undefined;
      // The index's state is used before the event loop turns: nothing is awaited from here on.
      const source =
        exact === undefined
          ? index.source()
          : await bridged(subject, '', async () => pastSource(caches, exact.revision));
      const version = formatSubsetVersion(source.revision);
      const items: ObjectView[] = [];
      for (const group of source.groups(options.namespace)) {
        if (!isSelected(group, options, query)) continue;
        items.push(viewAt(computeSubset(source, group, query.place), version));
      }
      return { items, resourceVersion: version };
    },

    async watch(context, options) {
      const query = subsetQuery(options.fields);
      const { resourceVersion } = options;
      // A plain watch from a version of the future opens and waits; everything else is answered from fresh caches.
      const plain = resourceVersion !== '' && resourceVersion !== '0' && options.sendInitialEvents !== true;
      if (plain) parseSubsetVersion(resourceVersion);
      await freshen(context, '', plain ? '0' : resourceVersion);
      return watchSubsets(watchContext, options, query, context.signal);
    },
  };
  return { kind, reader };
}
