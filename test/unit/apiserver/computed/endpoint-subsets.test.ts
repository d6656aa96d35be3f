import assert from 'node:assert/strict';
import fc from 'fast-check';
import { ApiError } from '../../../../api/meta/api-error.ts';
import { parseFieldSelector } from '../../../../api/meta/field-selector.ts';
import type { KubeObject } from '../../../../api/meta/types.ts';
import { servicesKinds } from '../../../../api/services/v3alpha1/kinds.ts';
import type { EndpointSubset } from '../../../../api/services/v3alpha1/types.ts';
import { createEndpointSubsetResource } from '../../../../apiserver/computed/endpoint-subsets.ts';
import type { SubsetCaches } from '../../../../apiserver/computed/subset-source.ts';
import { formatSubsetVersion, parseSubsetVersion } from '../../../../apiserver/computed/subset-version.ts';
import type {
  RequestContext,
  Resource,
  WatchEvent,
  WatchOptions,
} from '../../../../apiserver/registry/rest.ts';
import { openEmbeddedStorage } from '../../../../apiserver/storage/embedded/store.ts';
import { objectKey, resourcePrefix } from '../../../../apiserver/storage/key.ts';
import type { Revision, Storage } from '../../../../apiserver/storage/storage.ts';
import { createFeed } from '../../../../apiserver/storage/watchcache/feed.ts';
import type { Feed } from '../../../../apiserver/storage/watchcache/types.ts';
import { createManualClock } from '../../../../client/clock.ts';
import { temporaryFolder } from '../../../support/temporary-folder.ts';

const apiVersion = 'services.x-k8s.io/v3alpha1';
const PREFIX = '/test';
const WATCH_MILLISECONDS = 600_000;

interface World {
  readonly storage: Storage;
  readonly feed: Feed;
  readonly resource: Resource;
  readonly clock: ReturnType<typeof createManualClock>;
  put(plural: string, object: KubeObject): Promise<void>;
  remove(plural: string, namespace: string, name: string): Promise<void>;
  /** Until the caches hold every write. */
  settle(): Promise<void>;
  close(): Promise<void>;
}

async function createWorld(): Promise<World> {
  const folder = temporaryFolder('computed');
  const storage = await openEmbeddedStorage({ directory: folder.path });
  const feed = createFeed(storage, { prefix: PREFIX });
  const prefixOf = (plural: string): string => resourcePrefix(PREFIX, 'services.x-k8s.io', plural);
  const caches: SubsetCaches = {
    groups: feed.register(prefixOf('servicegroups')),
    ports: feed.register(prefixOf('serviceports')),
    endpoints: feed.register(prefixOf('endpoints')),
    nodes: feed.register(prefixOf('nodetopologies')),
  };
  await feed.start();
  const clock = createManualClock();
  const endpointSubsetKind = servicesKinds.find((kind) => kind.kind === 'EndpointSubset');
  assert(endpointSubsetKind);
  const resource = createEndpointSubsetResource(endpointSubsetKind, { feed, caches, clock });
  return {
    storage,
    feed,
    resource,
    clock,
    async put(plural, object) {
      const { namespace = '', name = '' } = object.metadata;
      const key = objectKey(prefixOf(plural), namespace, name);
      const value = Buffer.from(JSON.stringify(object));
      const { entry } = await storage.get(key);
      await (entry === undefined ? storage.create(key, value) : storage.update(key, value, entry.revision));
    },
    async remove(plural, namespace, name) {
      const key = objectKey(prefixOf(plural), namespace, name);
      const { entry } = await storage.get(key);
      if (entry !== undefined) await storage.delete(key, entry.revision);
    },
    async settle() {
      await feed.consistent(new AbortController().signal);
    },
    async close() {
      await feed.stop();
      await storage.close();
      folder.remove();
    },
  };
}

const group = (name: string, labels = {}, app = name): KubeObject => ({
  apiVersion,
  kind: 'ServiceGroup',
  metadata: { name, namespace: 'shop', uid: '1b4e28ba-2fa1-11d2-883f-0016d3cca427', labels },
  ...{ spec: { selector: { matchLabels: { app } }, network: 'default', publish: 'Ready' } },
});
const endpoint = (name: string, app: string, ip: string, ready = true, nodeName = 'n1'): KubeObject => ({
  apiVersion,
  kind: 'Endpoint',
  metadata: { name, namespace: 'shop', labels: { app } },
  ...{
    spec: { addresses: [{ ip, network: 'default' }], weight: 100, nodeName },
    status: { conditions: [{ type: 'Serving', status: ready ? 'True' : 'False', reason: 'T', message: '' }] },
  },
});
const port = (name: string, groupName: string): KubeObject => ({
  apiVersion,
  kind: 'ServicePort',
  metadata: { name, namespace: 'shop' },
  ...{ spec: { type: 'ClusterIP', port: 80, protocol: 'TCP', groupRef: { name: groupName } } },
});
const node = (name: string, zone: string): KubeObject => ({
  apiVersion,
  kind: 'NodeTopology',
  metadata: { name },
  ...{ spec: { topology: { 'topology.kubernetes.io/zone': zone } } },
});

function context(signal = new AbortController().signal): RequestContext {
  return { user: { name: 'test', groups: [], extra: {} }, signal, warnings: [] };
}
const listOptions = (fields = '') => ({
  namespace: 'shop',
  labels: [],
  fields: parseFieldSelector(fields),
  limit: 0,
  continueToken: '',
  resourceVersion: '',
  resourceVersionMatch: '' as const,
});
const exactOptions = (revision: Revision) => ({
  ...listOptions(),
  resourceVersion: formatSubsetVersion(revision),
  resourceVersionMatch: 'Exact' as const,
});
const watchOptions = (more: Partial<WatchOptions> = {}): WatchOptions => ({
  namespace: 'shop',
  labels: [],
  fields: [],
  resourceVersion: '',
  allowBookmarks: false,
  sendInitialEvents: undefined,
  timeoutMilliseconds: WATCH_MILLISECONDS,
  ...more,
});
const namesOf = (subset: KubeObject): string[] =>
  ((subset as EndpointSubset).status?.endpoints ?? []).map((e) => e.name);
const describeEvent = (event: WatchEvent): string => {
  if (event.type === 'BOOKMARK') return `BOOKMARK${event.initialEventsEnd ? ' end' : ''}`;
  if (event.type === 'ERROR') return `ERROR ${event.status.reason}`;
  const object = event.view.object();
  return `${event.type} ${object.metadata.name} [${namesOf(object).join()}]`;
};

describe('EndpointSubset as a resource', () => {
  let world: World;
  beforeEach(async () => {
    world = await createWorld();
    await world.put('servicegroups', group('web'));
    await world.put('endpoints', endpoint('web-1', 'web', '10.0.0.1'));
    await world.put('endpoints', endpoint('web-2', 'web', '10.0.0.2', false));
    await world.put('endpoints', endpoint('db-1', 'db', '10.0.0.3'));
    await world.put('nodetopologies', node('n1', 'us-east-1a'));
  });
  afterEach(() => world.close());

  const get = async (name: string): Promise<EndpointSubset> =>
    (await world.resource.reader.get(context(), 'shop', name, '')).object() as EndpointSubset;

  it('computes a subset by its name, with a uid that stays', async () => {
    const any = await get('web.any');
    assert.deepEqual(namesOf(any), ['web-1']);
    assert.deepEqual(any.spec, { groupRef: { name: 'web' }, client: {}, shard: { index: 0, count: 1 } });
    const onNode = await get('web.node.n1');
    assert.deepEqual(onNode.spec.client, { nodeName: 'n1', zone: 'us-east-1a' });
    assert.notEqual(onNode.metadata.uid, any.metadata.uid);
    assert.equal((await get('web.any')).metadata.uid, any.metadata.uid);
    assert.match(any.metadata.uid ?? '', /^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab]/);
  });

  it('says UnknownClient for a node that it does not know, and still answers', async () => {
    const subset = await get('web.node.n9');
    assert.match(subset.status?.reason ?? '', /^UnknownClient: no NodeTopology n9; /);
    assert.deepEqual(namesOf(subset), ['web-1']);
  });

  for (const name of ['nobody.any', 'web', 'web.somewhere', 'web.s0-2.any']) {
    it(`has no ${name}`, () =>
      assert.rejects(get(name), (e) => e instanceof ApiError && e.reason === 'NotFound'));
  }

  it('lists .any of each group, or the view of a client, or one group', async () => {
    await world.put('servicegroups', group('db'));
    const list = async (fields: string): Promise<string[]> => {
      const { items } = await world.resource.reader.list(context(), listOptions(fields));
      return items.map((i) => i.object().metadata.name ?? '');
    };
    assert.deepEqual(await list(''), ['db.any', 'web.any']);
    assert.deepEqual(await list('spec.client.nodeName=n1'), ['db.node.n1', 'web.node.n1']);
    assert.deepEqual(await list('spec.groupRef.name=web'), ['web.any']);
    assert.deepEqual(await list('metadata.name=db.node.n1'), ['db.node.n1']);
    assert.deepEqual(await list('metadata.name=nothing'), []);
    assert.deepEqual(await list('metadata.name!=db.any'), ['web.any']);
    assert.deepEqual(await list('metadata.name=web.s1-2.any'), []);
    assert.deepEqual(await list('metadata.namespace=elsewhere'), []);
    assert.deepEqual(await list('metadata.namespace=shop,spec.groupRef.name!=db'), ['web.any']);
  });

  it('says that a version is too old where the history does not reach back to it', async () => {
    const exact = { ...listOptions(), resourceVersion: '65535', resourceVersionMatch: 'Exact' as const };
    await assert.rejects(
      async () => world.resource.reader.list(context(), exact),
      (e) => e instanceof ApiError && e.code === 410,
    );
  });

  for (const [fields, message] of [
    ['spec.client.nodeName!=n1', /only = is supported/],
    ['spec.client.nodeName=n1,spec.client.zone=a', /exclude each other/],
    ['spec.client.podName=p', /needs spec.client.namespace/],
    ['spec.client.namespace=a,spec.client.podName=p', /not served by this version/],
  ] as const) {
    it(`refuses ${fields}`, () =>
      assert.rejects(
        world.resource.reader.list(context(), listOptions(fields)),
        (e) => e instanceof ApiError && e.reason === 'BadRequest' && message.test(e.message),
      ));
  }

  async function openWatch(more: Partial<WatchOptions> = {}) {
    const end = new AbortController();
    await world.settle();
    const watch = await world.resource.reader.watch(context(end.signal), watchOptions(more));
    const iterator = watch[Symbol.asyncIterator]();
    return {
      next: async (): Promise<readonly WatchEvent[]> => (await iterator.next()).value ?? [],
      async close(): Promise<void> {
        end.abort();
        await iterator.return?.();
      },
    };
  }

  it('watches: the state, a marked end, then each change once, versions rising', async () => {
    const watch = await openWatch({ sendInitialEvents: true, allowBookmarks: true });
    const initial = await watch.next();
    assert.deepEqual(initial.map(describeEvent), ['ADDED web.any [web-1]', 'BOOKMARK end']);
    const next = watch.next();
    await world.put('endpoints', endpoint('web-2', 'web', '10.0.0.2', true));
    const changed = await next;
    assert.deepEqual(changed.map(describeEvent), ['MODIFIED web.any [web-1,web-2]']);
    const versions = [...initial, ...changed].map((e) =>
      BigInt(
        e.type === 'BOOKMARK'
          ? e.resourceVersion
          : e.type === 'ERROR'
            ? 0
            : (e.view.object().metadata.resourceVersion ?? 0),
      ),
    );
    assert.deepEqual(
      versions,
      [...versions].sort((a, b) => (a < b ? -1 : 1)),
    );
    assert.equal(parseSubsetVersion(String(versions.at(-1))).position, 65_535);
    await watch.close();
  });

  it('marks the end of the initial events where nothing is said about them, and ends with a bookmark', async () => {
    const watch = await openWatch({ allowBookmarks: true, timeoutMilliseconds: 20_000 });
    assert.equal((await watch.next()).map(describeEvent).at(-1), 'BOOKMARK end');
    const next = watch.next();
    await world.settle();
    world.clock.advance(18_000);
    assert.deepEqual((await next).map(describeEvent), ['BOOKMARK']);
    await watch.close();
  });

  it('coalesces: what changes within the interval comes in one flush', async () => {
    const watch = await openWatch();
    await watch.next();
    let next = watch.next();
    await world.put('endpoints', endpoint('web-3', 'web', '10.0.0.4'));
    await next;
    next = watch.next();
    for (const i of [5, 6, 7]) await world.put('endpoints', endpoint(`web-${i}`, 'web', `10.0.0.${i}`));
    await world.settle();
    world.clock.advance(100);
    assert.deepEqual((await next).map(describeEvent), ['MODIFIED web.any [web-1,web-3,web-5,web-6,web-7]']);
    await watch.close();
  });

  it('tells nothing when the answer stays the same', async () => {
    const watch = await openWatch({ allowBookmarks: true });
    await watch.next();
    const next = watch.next();
    await world.put('endpoints', endpoint('web-2', 'web', '10.0.0.9', false));
    await world.settle();
    world.clock.advance(60_000);
    assert.deepEqual((await next).map(describeEvent), ['BOOKMARK']);
    await watch.close();
  });

  it('resumes from a list, telling what happened since', async () => {
    const { resourceVersion } = await world.resource.reader.list(context(), listOptions());
    await world.put('servicegroups', group('db'));
    await world.put('endpoints', endpoint('web-1', 'web', '10.0.0.1', false));
    const watch = await openWatch({ resourceVersion });
    assert.deepEqual((await watch.next()).map(describeEvent), ['ADDED db.any [db-1]', 'MODIFIED web.any []']);
    await watch.close();
  });

  it('tells nothing of what a client from a replica ahead of ours has seen already', async () => {
    await world.settle();
    const ahead = BigInt(world.feed.revision) + 1n;
    const watch = await openWatch({ resourceVersion: String((ahead << 16n) | 65_535n) });
    const next = watch.next();
    await new Promise<void>((resolve) => setImmediate(resolve));
    await world.put('endpoints', endpoint('web-2', 'web', '10.0.0.2', true));
    await world.settle();
    assert.equal(BigInt(world.feed.revision), ahead);
    world.clock.advance(100);
    await new Promise<void>((resolve) => setImmediate(resolve));
    await world.put('servicegroups', group('db'));
    await world.settle();
    world.clock.advance(100);
    assert.deepEqual((await next).map(describeEvent), ['ADDED db.any [db-1]']);
    await watch.close();
  });

  it('does not resume in the middle of a flush', async () => {
    const { resourceVersion } = await world.resource.reader.list(context(), listOptions());
    const watch = await openWatch({ resourceVersion: String(BigInt(resourceVersion) - 3n) });
    assert.deepEqual((await watch.next()).map(describeEvent), ['ERROR Expired']);
    await watch.close();
  });

  it('DELETED when the group goes', async () => {
    const watch = await openWatch();
    await watch.next();
    const next = watch.next();
    await world.remove('servicegroups', 'shop', 'web');
    assert.deepEqual((await next).map(describeEvent), ['DELETED web.any [web-1]']);
    await watch.close();
  });

  it('follows the client’s node', async () => {
    const watch = await openWatch({ fields: parseFieldSelector('spec.client.nodeName=n1') });
    await watch.next();
    const next = watch.next();
    await world.put('nodetopologies', node('n1', 'us-east-1b'));
    const [event] = await next;
    assert.equal(event?.type, 'MODIFIED');
    const object = event?.type === 'MODIFIED' ? (event.view.object() as EndpointSubset) : undefined;
    assert.equal(object?.spec.client.zone, 'us-east-1b');
    await watch.close();
  });

  it('what was watched, put together, is what a list says (any sequence of changes)', async () => {
    const change = fc.record({
      name: fc.constantFrom('web-1', 'web-2', 'web-3', 'db-1'),
      app: fc.constantFrom('web', 'db', 'other'),
      target: fc.constantFrom('web', 'db'),
      what: fc.constantFrom('ready', 'unready', 'remove', 'group', 'ungroup', 'select', 'port', 'unport'),
    });
    const watch = await openWatch();
    const seen = new Map<string, string>();
    const take = (events: readonly WatchEvent[]): void => {
      for (const event of events) {
        if (event.type === 'BOOKMARK' || event.type === 'ERROR') continue;
        const { resourceVersion, ...metadata } = event.view.object().metadata;
        const text = JSON.stringify({ ...event.view.object(), metadata });
        if (event.type === 'DELETED') seen.delete(metadata.name ?? '');
        else seen.set(metadata.name ?? '', text);
      }
    };
    take(await watch.next());
    const last = { name: 'last', done: false };
    const pump = (async () => {
      while (!last.done) take(await watch.next());
    })();
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 6 }), async (changes) => {
        for (const c of changes) {
          if (c.what === 'remove') await world.remove('endpoints', 'shop', c.name);
          else if (c.what === 'group') await world.put('servicegroups', group(c.app));
          else if (c.what === 'select') await world.put('servicegroups', group(c.target, {}, c.app));
          else if (c.what === 'port') await world.put('serviceports', port(c.app, c.target));
          else if (c.what === 'unport') await world.remove('serviceports', 'shop', c.app);
          else if (c.what === 'ungroup') await world.remove('servicegroups', 'shop', c.app);
          else await world.put('endpoints', endpoint(c.name, c.app, '10.0.0.1', c.what === 'ready'));
        }
        await world.settle();
        world.clock.advance(200);
        await new Promise((resolve) => setImmediate(resolve));
        world.clock.advance(200);
        await new Promise((resolve) => setImmediate(resolve));
        const { items } = await world.resource.reader.list(context(), listOptions());
        const now = items.map((item) => {
          const { resourceVersion, ...metadata } = item.object().metadata;
          return JSON.stringify({ ...item.object(), metadata });
        });
        assert.deepEqual([...seen.values()].sort(), now.sort());
        // An exact list is computed by looking at everything, the others from the index.
        const scanned = await world.resource.reader.list(context(), exactOptions(world.feed.revision));
        assert.deepEqual(
          items.map((item) => item.object()),
          scanned.items.map((item) => item.object()),
        );
      }),
      { numRuns: 30 },
    );
    last.done = true;
    await watch.close();
    await pump;
  });
});
