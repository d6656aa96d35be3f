import assert from 'node:assert/strict';
import type { KubeObject } from '../../../../api/meta/types.ts';
import { SubsetIndex, type Touched } from '../../../../apiserver/computed/subset-index.ts';
import type { SubsetCaches } from '../../../../apiserver/computed/subset-source.ts';
import type { Revision, StorageKey } from '../../../../apiserver/storage/storage.ts';
import type {
  CachedObject,
  Feed,
  FeedBatch,
  ResourceCache,
} from '../../../../apiserver/storage/watchcache/types.ts';

type FeedChange = FeedBatch['changes'][number];

/** Caches and a feed of which the index sees only what it may look at; every decoding is counted. */
function createWorld() {
  let decoded = 0;
  const entry = (name: string, spec: object, labels: Record<string, string> = {}): CachedObject => ({
    key: name as StorageKey,
    namespace: 'shop',
    name,
    revision: 1 as Revision,
    json: new Uint8Array(),
    labels,
    object() {
      decoded += 1;
      const metadata = { name, namespace: 'shop', labels };
      return { apiVersion: 'services.x-k8s.io/v3alpha1', kind: 'Any', metadata, spec } as KubeObject;
    },
    field: () => undefined,
  });
  const cacheOf = (prefix: string, entries: readonly CachedObject[]): ResourceCache =>
    ({
      prefix,
      revision: 1,
      snapshot: () => ({ revision: 1, size: entries.length, get: () => undefined, range: () => entries }),
    }) as unknown as ResourceCache;
  let tell: (batch: FeedBatch) => void = () => assert.fail('nobody listens');
  const feed = {
    subscribe(listener: (batch: FeedBatch) => void) {
      tell = listener;
      return () => undefined;
    },
  } as unknown as Feed;
  const change = (cache: ResourceCache, previous?: CachedObject, current?: CachedObject): void => {
    const one: FeedChange = { cache, key: 'k' as StorageKey, previous, current };
    tell({ revision: 2 as Revision, changes: [one] });
  };
  const decodings = (run: () => void): number => {
    const before = decoded;
    run();
    return decoded - before;
  };
  return { entry, cacheOf, feed, change, decodings };
}

function start(groupCount: number) {
  const { entry, cacheOf, feed, change, decodings } = createWorld();
  const names = Array.from({ length: groupCount }, (_, i) => `g${i}`);
  const selecting = (app: string) => ({ selector: { matchLabels: { 'a-chart': 'shop', app } } });
  const endpoint = (app: string): CachedObject => entry('e', {}, { 'a-chart': 'shop', app });
  const caches: SubsetCaches = {
    groups: cacheOf(
      'groups/',
      names.map((name) => entry(name, selecting(name))),
    ),
    ports: cacheOf('ports/', [entry('p', { groupRef: { name: 'g1' } })]),
    endpoints: cacheOf('endpoints/', [endpoint('g1')]),
    nodes: cacheOf('nodes/', []),
  };
  const index = new SubsetIndex(feed, caches);
  const heard: Touched[] = [];
  index.subscribe((touched) => heard.push(touched));
  const group = entry('g1', {}).object() as Parameters<ReturnType<typeof index.source>['endpointsOf']>[0];
  return { index, caches, entry, endpoint, selecting, change, decodings, heard, group };
}

const groupsOf = (touched: Touched | undefined): string[] => [...(touched?.groups ?? [])].sort();

describe('subset index', () => {
  it('is there from the first question on, with what the caches hold', () => {
    const { index, group } = start(3);
    const source = index.source();
    assert.deepEqual(
      [source.endpointsOf(group), source.portsOf(group)].map((all) => all.map((o) => o.metadata.name)),
      [['e'], ['p']],
    );
  });

  it('looks at no group for a change of an Endpoint, and tells those that it concerns', () => {
    const { index, caches, endpoint, change, decodings, heard } = start(500);
    index.source();
    assert.equal(
      decodings(() => change(caches.endpoints, endpoint('g1'), endpoint('g7'))),
      0,
    );
    assert.deepEqual(groupsOf(heard[0]), ['shop/g1', 'shop/g7']);
    change(caches.endpoints, endpoint('g7'), undefined);
    assert.deepEqual(groupsOf(heard[1]), ['shop/g7']);
    change(caches.endpoints, undefined, endpoint('nobody'));
    assert.equal(heard.length, 2, 'nothing to tell');
  });

  it('follows a ServicePort from group to group', () => {
    const { index, caches, entry, change, heard, group } = start(3);
    index.source();
    const pointing = (name: string) => entry('p', { groupRef: { name } });
    change(caches.ports, pointing('g1'), pointing('g2'));
    assert.deepEqual(groupsOf(heard[0]), ['shop/g1', 'shop/g2']);
    assert.deepEqual(index.source().portsOf(group), []);
    change(caches.ports, pointing('g2'), pointing('g1'));
    assert.equal(index.source().portsOf(group).length, 1);
    change(caches.ports, pointing('g1'), undefined);
    assert.deepEqual(groupsOf(heard[2]), ['shop/g1']);
    assert.deepEqual(index.source().portsOf(group), []);
  });

  it('follows a group’s selector, its loss and its end', () => {
    const { index, caches, entry, selecting, change, heard, group } = start(3);
    const members = (): number => index.source().endpointsOf(group).length;
    assert.equal(members(), 1);
    change(caches.groups, entry('g1', selecting('g1')), entry('g1', selecting('other')));
    assert.deepEqual([groupsOf(heard[0]), members()], [['shop/g1'], 0]);
    change(caches.groups, entry('g1', selecting('other')), entry('g1', selecting('g1')));
    assert.equal(members(), 1);
    change(caches.groups, entry('g1', selecting('g1')), entry('g1', {}));
    assert.equal(members(), 0, 'no selector: an empty group');
    change(caches.groups, entry('g1', {}), entry('g1', selecting('g1')));
    change(caches.groups, entry('g1', selecting('g1')), undefined);
    assert.deepEqual([groupsOf(heard[4]), members()], [['shop/g1'], 0]);
  });

  it('tells of nodes by name', () => {
    const { index, caches, entry, change, heard } = start(1);
    index.source();
    change(caches.nodes, entry('n1', {}), entry('n1', {}));
    assert.deepEqual([...(heard[0]?.nodes ?? [])], ['n1']);
  });
});
