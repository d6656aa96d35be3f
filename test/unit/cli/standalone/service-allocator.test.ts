import assert from 'node:assert/strict';
import { prepareService } from '../../../../api/core/service/kind.ts';
import type { V1Service, V1ServiceSpec } from '../../../../api/core/types.ts';
import { fieldErrorMessage } from '../../../../api/meta/field-error.ts';
import { AddressRange } from '../../../../cli/standalone/address-range.ts';
import {
  defaultRanges,
  ServiceAllocator,
  type ServiceRanges,
} from '../../../../cli/standalone/service-allocator.ts';

const ports = [{ port: 80 }];
function service(name: string, spec: V1ServiceSpec): V1Service {
  const made: V1Service = { apiVersion: 'v1', kind: 'Service', metadata: { name, namespace: 'shop' }, spec };
  prepareService(made, undefined);
  return made;
}

/** Always the first place: collisions show at once. */
const first = (): number => 0;

describe('ServiceAllocator', () => {
  let now = 0;
  const create = (ranges: ServiceRanges = defaultRanges): ServiceAllocator =>
    new ServiceAllocator(ranges, () => now, first);
  const texts = (allocator: ServiceAllocator, made: V1Service): string[] =>
    allocator.allocate(made, undefined, false).map(fieldErrorMessage);

  beforeEach(() => {
    now = 0;
  });

  it('reserves nothing for an update: what is deleted afterwards is free at once', () => {
    const allocator = create();
    const old = service('old', { ports, clusterIP: '10.1.2.3' });
    assert.deepEqual(texts(allocator, old), []);
    allocator.observe(undefined, old);
    assert.deepEqual(allocator.allocate(structuredClone(old), old, false), []);
    allocator.observe(old, undefined);
    assert.deepEqual(texts(allocator, service('new', { ports, clusterIP: '10.1.2.3' })), []);
  });

  it('gives two Services two addresses, also before either is stored', () => {
    const allocator = create();
    const [a, b] = [service('a', { ports }), service('b', { ports: [{ port: 80 }] })];
    assert.deepEqual([...texts(allocator, a), ...texts(allocator, b)], []);
    assert.deepEqual([a.spec?.clusterIP, b.spec?.clusterIP], ['10.0.0.1', '10.0.0.2']);
    assert.deepEqual(a.spec?.clusterIPs, ['10.0.0.1']);
    assert.deepEqual([a.spec?.ipFamilies, a.spec?.ipFamilyPolicy], [['IPv4'], 'SingleStack']);
  });

  it('gives a dual-stack Service one address a family, in its order', () => {
    const made = service('a', { ports, ipFamilyPolicy: 'RequireDualStack', ipFamilies: ['IPv6', 'IPv4'] });
    assert.deepEqual(texts(create(), made), []);
    assert.deepEqual(made.spec?.clusterIPs, ['fd00:10:96::1', '10.0.0.1']);
    assert.equal(made.spec?.clusterIP, 'fd00:10:96::1');
  });

  it('makes a headless Service without selector dual-stack, and gives it no address', () => {
    const made = service('a', { clusterIP: 'None' });
    assert.deepEqual(texts(create(), made), []);
    assert.deepEqual(made.spec?.ipFamilies, ['IPv4', 'IPv6']);
    assert.deepEqual(made.spec?.clusterIPs, ['None']);
  });

  it('refuses an address that is taken or outside the range', () => {
    const allocator = create();
    allocator.observe(undefined, service('a', { ports, clusterIP: '10.0.0.9' }));
    assert.deepEqual(texts(allocator, service('b', { ports, clusterIP: '10.0.0.9' })), [
      'spec.clusterIPs: Invalid value: ["10.0.0.9"]: failed to allocate IP 10.0.0.9: provided IP is already allocated',
    ]);
    assert.deepEqual(texts(allocator, service('b', { ports, clusterIP: '192.0.2.1' })), [
      'spec.clusterIPs: Invalid value: ["192.0.2.1"]: failed to allocate IP 192.0.2.1: the provided IP (192.0.2.1) is not in the valid range. The range of valid IPs is 10.0.0.0/8',
    ]);
  });

  it('shares one node port between the protocols of one port number, and no other', () => {
    const made = service('a', {
      type: 'NodePort',
      ports: [
        { name: 'dns', port: 53, protocol: 'UDP' },
        { name: 'dns-tcp', port: 53, protocol: 'TCP' },
        { name: 'web', port: 80 },
      ],
    });
    assert.deepEqual(texts(create(), made), []);
    assert.deepEqual(
      made.spec?.ports?.map((p) => p.nodePort),
      [30000, 30000, 30001],
    );
  });

  it('names the range of node ports', () => {
    const made = service('a', { type: 'NodePort', ports: [{ port: 80, nodePort: 80 }] });
    assert.deepEqual(texts(create(), made), [
      'spec.ports[0].nodePort: Invalid value: 80: provided port is not in the valid range. The range of valid ports is 30000-32767',
    ]);
  });

  it('gives a health check port where the load balancer needs one', () => {
    const made = service('a', { type: 'LoadBalancer', externalTrafficPolicy: 'Local', ports });
    assert.deepEqual(texts(create(), made), []);
    assert.equal(typeof made.spec?.healthCheckNodePort, 'number');
  });

  it('gives an address back when its Service goes, and when its write never came', () => {
    const allocator = create();
    const stored = service('a', { ports, clusterIP: '10.0.0.1' });
    allocator.observe(undefined, stored);
    allocator.observe(stored, undefined);
    const abandoned = service('b', { ports });
    assert.deepEqual(texts(allocator, abandoned), []);
    assert.equal(abandoned.spec?.clusterIP, '10.0.0.1');
    now = 61_000;
    const next = service('c', { ports });
    assert.deepEqual(texts(allocator, next), []);
    assert.equal(next.spec?.clusterIP, '10.0.0.1');
  });

  it('holds nothing for a dry run', () => {
    const allocator = create();
    allocator.allocate(service('a', { ports }), undefined, true);
    const made = service('b', { ports });
    assert.deepEqual(texts(allocator, made), []);
    assert.equal(made.spec?.clusterIP, '10.0.0.1');
  });

  it('says when the range is full', () => {
    const tiny = { ...defaultRanges, cidrs: { ...defaultRanges.cidrs, IPv4: '10.0.0.0/30' } };
    const allocator = create(tiny);
    assert.deepEqual(texts(allocator, service('a', { ports })), []);
    assert.deepEqual(texts(allocator, service('b', { ports })), []);
    assert.match(texts(allocator, service('c', { ports })).join(), /range is full/);
  });
});

describe('AddressRange', () => {
  it('leaves out network and broadcast addresses of IPv4, and the first of IPv6', () => {
    const range = new AddressRange('10.0.0.0/30');
    assert.deepEqual([range.at(0n), range.at(1n), range.at(2n)], ['10.0.0.1', '10.0.0.2', '10.0.0.1']);
    assert.deepEqual(
      ['10.0.0.0', '10.0.0.1', '10.0.0.3', '10.0.0.4', 'fd00::1'].map((ip) => range.contains(ip)),
      [false, true, false, false, false],
    );
    assert.equal(new AddressRange('fd00:10:96::/112').at(65_534n), 'fd00:10:96::ffff');
  });
});
