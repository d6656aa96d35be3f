import assert from 'node:assert/strict';
import type { EndpointSlice, SliceEndpoint, V1Service } from '../../../../../api/core/types.ts';
import { validateLabelValue } from '../../../../../api/meta/names.ts';
import type { Endpoint } from '../../../../../api/services/v3alpha1/types.ts';
import { planSlice } from '../../../../../controllers/endpoints/slices/plan.ts';

const now = '2026-05-01T12:00:00Z';
const service = (spec: V1Service['spec'] = {}): V1Service => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'db', namespace: 'shop', uid: 's' },
  spec,
});
const slice = (endpoints: SliceEndpoint[], changes: Partial<EndpointSlice> = {}): EndpointSlice => ({
  apiVersion: 'discovery.k8s.io/v1',
  kind: 'EndpointSlice',
  metadata: {
    name: 'db-manual',
    namespace: 'shop',
    uid: 'u',
    labels: { 'kubernetes.io/service-name': 'db' },
  },
  addressType: 'IPv4',
  endpoints,
  ports: [{ name: 'sql', port: 5432 }],
  ...changes,
});
const plan = (of: EndpointSlice | undefined, own: Endpoint[] = [], svc: V1Service | undefined = service()) =>
  planSlice({ slice: of, service: svc, own, now });
const conditionsOf = (e: Endpoint | undefined) =>
  (e?.status?.conditions ?? []).map((c) => `${c.type}=${c.status}`);

describe('planSlice', () => {
  it('makes one Endpoint an entry, with our labels only', () => {
    const { create, problems } = plan(
      slice([{ addresses: ['10.1.0.1'], nodeName: 'n1', zone: 'z', hostname: 'a' }]),
    );
    assert.equal(problems.length, 0);
    const [one] = create;
    assert.match(one?.metadata.name ?? '', /^db-manual-[0-9a-f]{12}$/);
    assert.deepEqual(one?.metadata.labels, {
      'services.x-k8s.io/service-name': 'db',
      'services.x-k8s.io/slice': 'db-manual',
    });
    assert.deepEqual(one?.spec, {
      addresses: [{ ip: '10.1.0.1', network: 'default' }],
      ports: [{ name: 'sql', port: 5432, protocol: 'TCP' }],
      nodeName: 'n1',
      zone: 'z',
      hostname: 'a',
      weight: 100,
    });
  });

  describe('whose slices', () => {
    const one = [{ addresses: ['10.1.0.1'] }];
    const labelled = (writer: string) =>
      slice(one, {
        metadata: { ...slice(one).metadata, labels: { 'endpointslice.kubernetes.io/managed-by': writer } },
      });
    const cases: readonly (readonly [string, number, EndpointSlice, V1Service | undefined])[] = [
      ['of a Service without selector', 1, slice(one), service()],
      ['of one with an empty selector', 1, slice(one), service({ selector: {} })],
      ['of one with a selector', 0, slice(one), service({ selector: { app: 'db' } })],
      ['of an ExternalName', 0, slice(one), service({ type: 'ExternalName', externalName: 'a.b' })],
      ['mirrored from Endpoints', 1, labelled('endpointslicemirroring-controller.k8s.io'), service()],
      ['of ours', 0, labelled('services.x-k8s.io'), service()],
    ];
    for (const [name, count, of, svc] of cases) {
      it(`${name}: ${count}`, () => assert.equal(plan(of, [], svc).create.length, count));
    }
    it('without a Service: 0', () => {
      assert.equal(planSlice({ slice: slice(one), service: undefined, own: [], now }).create.length, 0);
    });
  });

  describe('conditions', () => {
    const pod = { kind: 'Pod', namespace: 'shop', name: 'p', uid: 'p' };
    const cases: readonly (readonly [string, SliceEndpoint, readonly string[]])[] = [
      ['absent stays absent', { addresses: ['10.1.0.1'] }, []],
      [
        'each as it is',
        { addresses: ['10.1.0.1'], conditions: { ready: true, terminating: true } },
        ['Ready=True', 'Terminating=True'],
      ],
      [
        'of a Pod: absent is what v1 means by it',
        { addresses: ['10.1.0.1'], targetRef: pod, conditions: { ready: false } },
        ['Ready=False', 'Serving=True', 'Terminating=False'],
      ],
    ];
    for (const [name, entry, expected] of cases) {
      it(name, () => assert.deepEqual(conditionsOf(plan(slice([entry])).create[0]), expected));
    }
  });

  it('keeps duplicates apart, and names stable when entries are reordered', () => {
    const [a, b] = [{ addresses: ['10.1.0.1'] }, { addresses: ['10.1.0.2'] }];
    const names = (entries: SliceEndpoint[]) =>
      plan(slice(entries))
        .create.map((e) => e.metadata.name)
        .toSorted();
    assert.equal(new Set(names([a, a, b])).size, 3);
    assert.deepEqual(names([a, a, b]), names([b, a, a]));
  });

  it('takes FQDNs, several addresses, missing and zero ports', () => {
    const fqdn = plan(
      slice([{ addresses: ['db.example.com'] }], {
        addressType: 'FQDN',
        ports: [{ name: 'x' }, { name: 'y', port: 0 }],
      }),
    );
    assert.deepEqual(fqdn.create[0]?.spec, {
      fqdn: 'db.example.com',
      ports: [
        { name: 'x', protocol: 'TCP' },
        { name: 'y', protocol: 'TCP', port: 0 },
      ],
      weight: 100,
    });
    const several = plan(slice([{ addresses: ['10.1.0.1', '010.001.0.1', '10.1.0.3'] }], { ports: null }));
    assert.deepEqual(
      several.create[0]?.spec.addresses?.map((x) => x.ip),
      ['10.1.0.1', '10.1.0.3'],
    );
    assert.equal(several.create[0]?.spec.ports, undefined);
  });

  it('says what it cannot carry', () => {
    const ports = Array.from({ length: 102 }, (_, i) => ({ name: `p${i}`, port: i === 0 ? 70_000 : i }));
    const { create, problems } = plan(
      slice([{ addresses: ['127.0.0.1'] }, { addresses: ['10.1.0.1'] }], { ports }),
    );
    assert.equal(create.length, 1);
    assert.equal(create[0]?.spec.ports?.length, 100);
    assert.equal(problems.length, 3);
  });

  it('writes nothing at rest, though the slice is written again and again', () => {
    const entries = [{ addresses: ['10.1.0.1'], conditions: { ready: true } }];
    const own = plan(slice(entries)).create.map((e) => structuredClone(e));
    const rewritten = slice(entries);
    rewritten.metadata.annotations = {
      'endpoints.kubernetes.io/last-change-trigger-time': '2026-05-01T12:30:00Z',
    };
    const again = plan(rewritten, own);
    assert.deepEqual([again.create, again.delete, again.change], [[], [], []]);
  });

  it('removes what left the slice, and all when the slice or its selectorless Service goes', () => {
    const own = plan(slice([{ addresses: ['10.1.0.1'] }, { addresses: ['10.1.0.2'] }])).create;
    assert.equal(plan(slice([{ addresses: ['10.1.0.2'] }]), [...own]).delete.length, 1);
    assert.equal(plan(undefined, [...own]).delete.length, 2);
    assert.equal(plan(slice([]), [...own], service({ selector: { a: 'b' } })).delete.length, 2);
  });

  it('keeps names and labels valid for the longest slice name', () => {
    const name = `${'a'.repeat(62)}.${'b'.repeat(190)}`;
    const long = slice([{ addresses: ['10.1.0.1'] }], { metadata: { name, namespace: 'shop', uid: 'u' } });
    const [one] = plan(long).create;
    assert.ok((one?.metadata.name ?? '').length <= 253);
    assert.deepEqual(validateLabelValue(one?.metadata.labels?.['services.x-k8s.io/slice'] ?? ''), []);
  });
});
