import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import type { V1Service } from '../../../../api/core/types.ts';
import { fromV1 } from '../../../../controllers/mirror/from-v1.ts';
import { homes } from '../../../../controllers/mirror/stash.ts';
import { toV1 } from '../../../../controllers/mirror/to-v1.ts';
import { untranslated } from '../../../../controllers/mirror/untranslated.ts';
import { restorable, served } from './manifests.ts';

const service = (spec: V1Service['spec'], status?: V1Service['status']): V1Service =>
  served({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'web' },
    spec: { selector: { app: 'web' }, ports: [{ name: 'http', port: 80 }], ...spec },
    ...(status === undefined ? {} : { status }),
  });

const roundTrip = (given: V1Service): void => {
  const { model, stash } = fromV1(given);
  assert.deepEqual(restorable(toV1(model, stash).service), restorable(given));
};

describe('mirror: the stash', () => {
  const old = ['172.030.099.099', '::ffff:1.2.3.4', '2001:DB8::4', 'nonsense'];
  const odd: Record<string, [V1Service['spec'], unknown, unknown]> = {
    'external IPs of old': [
      { externalIPs: old },
      ['172.30.99.99', '1.2.3.4', '2001:db8::4'],
      (m: ReturnType<typeof fromV1>['model']) => m.externalIPs,
    ],
    'source ranges, padded and with host bits': [
      { type: 'LoadBalancer', loadBalancerSourceRanges: [' 10.1.2.3/8 ', '192.0.2.0/024', '10.0.0.0/8'] },
      ['10.0.0.0/8', '192.0.2.0/24'],
      (m: ReturnType<typeof fromV1>['model']) => m.loadBalancer.sourceRanges,
    ],
  };
  for (const [title, [spec, canonical, pick]] of Object.entries(odd)) {
    it(`keeps the spelling of ${title}`, () => {
      const given = service(spec);
      const { model } = fromV1(given);
      assert.deepEqual((pick as (m: typeof model) => unknown)(model), canonical);
      roundTrip(given);
    });
  }

  it('gives a spelling up when the canonical value is another', () => {
    const { model, stash } = fromV1(
      service({ type: 'LoadBalancer', loadBalancerSourceRanges: [' 10.0.0.0/8'] }),
    );
    const edited = {
      ...model,
      loadBalancer: { ...model.loadBalancer, sourceRanges: ['10.0.0.0/8', '192.0.2.0/24'] },
    };
    assert.deepEqual(toV1(edited, stash).service.spec?.loadBalancerSourceRanges, [
      '10.0.0.0/8',
      '192.0.2.0/24',
    ]);
  });

  it('gives what was unused back for the same type only: a kept selector must not come to life', () => {
    const given = service({
      type: 'ExternalName',
      externalName: 'db.example.com',
      selector: { app: 'kept' },
    });
    const { model, stash } = fromV1(given);
    assert.deepEqual(toV1(model, stash).service.spec?.selector, { app: 'kept' });
    const { model: other } = fromV1(service({ selector: {} }));
    assert.equal(toV1(other, stash).service.spec?.selector, undefined);
  });

  it('keeps fields it has never heard of, of the spec and of a port', () => {
    const given = service({});
    Object.assign(given.spec ?? {}, { colour: { shade: 'blue' } });
    Object.assign(given.spec?.ports?.[0] ?? {}, { weight: 3 });
    const { stash } = fromV1(given);
    assert.deepEqual(stash.unused, { 'spec.colour': { shade: 'blue' }, 'spec.ports[http].weight': 3 });
    roundTrip(given);
  });

  it('keeps the order of ports, also with one added and one gone', () => {
    const ports = ['c', 'a', 'b'].map((name, i) => ({ name, port: 90 - i }));
    const given = service({ ports });
    roundTrip(given);
    const { stash } = fromV1(given);
    const added = fromV1(service({ ports: [{ name: 'new', port: 1 }, ...ports.slice(0, 2)] })).model;
    assert.deepEqual(
      toV1(added, stash).service.spec?.ports?.map((p) => p.name),
      ['c', 'a', 'new'],
    );
  });

  it('keeps status that v1 does not check', () => {
    const time = '2026-01-01T00:00:00Z';
    roundTrip(
      service(
        { type: 'LoadBalancer' },
        {
          loadBalancer: {
            ingress: [
              { ip: '192.0.2.1', ipMode: 'Proxy', ports: [{ port: 99_999, protocol: 'TCP', error: 'x' }] },
              { hostname: 'lb.example.com' },
              {},
            ],
          },
          conditions: [
            { type: 'example.com/Odd', status: 'True', reason: 'R', message: '', lastTransitionTime: time },
            {
              type: 'Ready',
              status: 'True',
              reason: '',
              message: 'no reason',
              lastTransitionTime: time,
              observedGeneration: 3,
            },
          ],
        },
      ),
    );
  });

  it('says what does not translate', () => {
    const given = service({ externalIPs: old, trafficDistribution: 'PreferMoon' });
    given.metadata.annotations = { 'service.kubernetes.io/topology-mode': 'Auto' };
    assert.deepEqual(
      untranslated(given).map((loss) => loss.field),
      [
        'metadata.annotations[service.kubernetes.io/topology-mode]',
        'spec.trafficDistribution',
        'spec.externalIPs[3]',
      ],
    );
  });

  it('has every field that can be unused in the table of README.md', () => {
    const readme = readFileSync(new URL('../../../../controllers/mirror/README.md', import.meta.url), 'utf8');
    const types = ['ClusterIP', 'Headless', 'NodePort', 'LoadBalancer', 'ExternalName'] as const;
    for (const [field, hasHome] of Object.entries(homes)) {
      const homeless = types.some((type) => !hasHome(type, service({ ports: [] })));
      if (homeless) assert.match(readme, new RegExp(`spec\\.${field}\\b[^\\n]*\\| \`unused\``), field);
    }
  });
});
