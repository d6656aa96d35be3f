import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  formatSubsetName,
  MAX_SUBSET_NAME_LENGTH,
  parseSubsetName,
  type SubsetName,
  type SubsetPlace,
} from '../../../../../../api/services/v3alpha1/endpoint-subset/name.ts';

describe('names of EndpointSubsets', () => {
  const cases: readonly (readonly [string, SubsetName])[] = [
    ['web.any', { group: 'web', place: { kind: 'any' } }],
    ['web.zone.us-east-1a', { group: 'web', place: { kind: 'zone', zone: 'us-east-1a' } }],
    ['web.zone.Rack 7.b', { group: 'web', place: { kind: 'zone', zone: 'Rack 7.b' } }],
    [
      'web.node.node-1.example.com',
      { group: 'web', place: { kind: 'node', nodeName: 'node-1.example.com' } },
    ],
    ['web.ns.shop.node.n1', { group: 'web', place: { kind: 'node', nodeName: 'n1', namespace: 'shop' } }],
    ['web.ns.shop.zone.z', { group: 'web', place: { kind: 'zone', zone: 'z', namespace: 'shop' } }],
    [
      'web.pod.shop.cart-0.v1',
      { group: 'web', place: { kind: 'pod', namespace: 'shop', podName: 'cart-0.v1' } },
    ],
    ['web.s0-1.any', { group: 'web', place: { kind: 'any' }, shard: { index: 0, count: 1 } }],
    [
      'web.s3-4.node.n1',
      { group: 'web', place: { kind: 'node', nodeName: 'n1' }, shard: { index: 3, count: 4 } },
    ],
    // Words of the grammar are fine as names.
    ['any.any', { group: 'any', place: { kind: 'any' } }],
    ['zone.node.pod', { group: 'zone', place: { kind: 'node', nodeName: 'pod' } }],
    ['s0-4.s1-4.any', { group: 's0-4', place: { kind: 'any' }, shard: { index: 1, count: 4 } }],
    ['web.node.s1-4.any', { group: 'web', place: { kind: 'node', nodeName: 's1-4.any' } }],
  ];
  for (const [name, parsed] of cases) {
    it(`${name} parses`, () => assert.deepEqual(parseSubsetName(name), parsed));
    it(`${name} is what its parts are called`, () => assert.equal(formatSubsetName(parsed), name));
  }

  const impossible: readonly (readonly [string, string])[] = [
    ['', 'nothing'],
    ['web', 'no place'],
    ['.any', 'no group'],
    ['Web.any', 'a group that cannot be'],
    ['web.any.more', 'any is alone'],
    ['web.zone.', 'an empty zone'],
    ['web.zone.a/b', 'a zone that no URL holds'],
    ['web.node.', 'an empty node'],
    ['web.node.N1', 'a node that cannot be'],
    ['web.ns.shop.any', 'any has no client'],
    ['web.ns.shop', 'a namespace alone'],
    ['web.ns.Shop.node.n1', 'a namespace that cannot be'],
    ['web.pod.shop', 'no pod'],
    ['web.pod.shop.', 'an empty pod'],
    ['web.s0-3.any', 'shards come in powers of two'],
    ['web.s4-4.any', 'a shard beyond the last'],
    ['web.s00-4.any', 'one shard, one name'],
    ['web.s0-131072.any', 'too many shards'],
    [`web.zone.${'a'.repeat(MAX_SUBSET_NAME_LENGTH)}`, 'too long'],
    [`${'a'.repeat(64)}.any`, 'a group longer than a label'],
  ];
  for (const [name, why] of impossible) {
    it(`${name.slice(0, 30)} is no name: ${why}`, () => assert.equal(parseSubsetName(name), undefined));
  }

  it('the longest parts that can be fit together', () => {
    const label = 'a'.repeat(63);
    const subdomain = [label, label, label, 'a'.repeat(61)].join('.');
    const name = formatSubsetName({
      group: label,
      place: { kind: 'node', nodeName: subdomain, namespace: label },
    });
    assert.ok(name.length <= MAX_SUBSET_NAME_LENGTH, `${name.length}`);
    assert.deepEqual(parseSubsetName(name)?.place, { kind: 'node', nodeName: subdomain, namespace: label });
  });

  it('parsing gives back what was formatted', () => {
    const label = fc.stringMatching(/^[a-z0-9]([-a-z0-9]{0,10}[a-z0-9])?$/);
    const subdomain = fc.array(label, { minLength: 1, maxLength: 3 }).map((labels) => labels.join('.'));
    const namespace = fc.option(label, { nil: undefined });
    const within = (name: string | undefined) => (name === undefined ? {} : { namespace: name });
    const place: fc.Arbitrary<SubsetPlace> = fc.oneof(
      fc.constant<SubsetPlace>({ kind: 'any' }),
      fc.tuple(subdomain, namespace).map(([zone, n]) => ({ kind: 'zone' as const, zone, ...within(n) })),
      fc
        .tuple(subdomain, namespace)
        .map(([nodeName, n]) => ({ kind: 'node' as const, nodeName, ...within(n) })),
      fc.tuple(label, subdomain).map(([n, podName]) => ({ kind: 'pod' as const, namespace: n, podName })),
    );
    const shard = fc.option(
      fc.tuple(fc.nat(16), fc.nat()).map(([bits, i]) => ({ index: i % 2 ** bits, count: 2 ** bits })),
      { nil: undefined },
    );
    fc.assert(
      fc.property(label, place, shard, (group, where, part) => {
        const name: SubsetName = { group, place: where, ...(part === undefined ? {} : { shard: part }) };
        assert.deepEqual(parseSubsetName(formatSubsetName(name)), name);
      }),
    );
  });
});
