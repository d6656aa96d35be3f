import assert from 'node:assert/strict';
import { fieldErrorMessage } from '../../../../../../api/meta/field-error.ts';
import { servicePortStrategy as strategy } from '../../../../../../api/services/v3alpha1/service-port/strategy.ts';
import type { ServicePort, ServicePortSpec } from '../../../../../../api/services/v3alpha1/types.ts';

const port = (spec: Partial<ServicePortSpec>, name = 'web.http'): ServicePort => ({
  apiVersion: 'services.x-k8s.io/v3alpha1',
  kind: 'ServicePort',
  metadata: { name, namespace: 'shop' },
  spec: { type: 'ClusterIP', protocol: 'TCP', ...spec },
});

const created = (spec: Partial<ServicePortSpec>): ServicePortSpec => {
  const object = port(spec);
  strategy.prepareForCreate?.(object);
  return object.spec;
};
const updated = (spec: Partial<ServicePortSpec>, old: Partial<ServicePortSpec>): ServicePortSpec => {
  const object = port(spec);
  strategy.prepareForUpdate?.(object, port(old));
  return object.spec;
};

describe('ServicePort, defaults on create', () => {
  it('frontend is the group', () => assert.equal(created({ groupRef: { name: 'web' } }).frontend, 'web'));
  it('frontend of an alias is its own name', () =>
    assert.equal(created({ type: 'ExternalName' }).frontend, 'web.http'));
  it('a given frontend stays', () =>
    assert.equal(created({ groupRef: { name: 'web' }, frontend: 'shop' }).frontend, 'shop'));
  it('targetPort is the port', () => assert.equal(created({ port: 80 }).targetPort, 80));
  it('a given targetPort stays', () =>
    assert.equal(created({ port: 80, targetPort: 'http' }).targetPort, 'http'));
  it('without a port there is no targetPort', () =>
    assert.equal(created({ type: 'Headless' }).targetPort, undefined));
  it('does not write into a shared spec', () => {
    const spec = Object.freeze({ type: 'ClusterIP', protocol: 'TCP', port: 80 } as const);
    const object = { ...port({}), spec };
    strategy.prepareForCreate?.(object);
    assert.equal(object.spec === spec, false);
  });
});

describe('ServicePort, an update that leaves a defaulted field out', () => {
  const old = { groupRef: { name: 'web' }, frontend: 'shop', port: 80, targetPort: 8080 };
  it('keeps frontend and targetPort', () => {
    const spec = updated({ groupRef: { name: 'api' }, port: 81 }, old);
    assert.deepEqual([spec.frontend, spec.targetPort], ['shop', 8080]);
  });
  it('takes what is given', () =>
    assert.equal(updated({ port: 80, targetPort: 9090 }, old).targetPort, 9090));
  it('drops targetPort with the port', () =>
    assert.equal(updated({ type: 'Headless' }, { ...old, type: 'Headless' }).targetPort, undefined));
  it('defaults targetPort where a port comes new', () =>
    assert.equal(
      updated({ type: 'Headless', port: 80 }, { type: 'Headless', frontend: 'db' }).targetPort,
      80,
    ));
});

describe('ServicePort, immutable fields', () => {
  const old = port({ frontend: 'web' });
  it('are type and frontend', () => {
    const errors = strategy.validateUpdate?.(port({ type: 'NodePort', frontend: 'shop' }), old) ?? [];
    assert.deepEqual(errors.map(fieldErrorMessage), [
      'spec.type: Invalid value: "NodePort": field is immutable',
      'spec.frontend: Invalid value: "shop": field is immutable',
    ]);
  });
  it('everything else may change', () => {
    const errors = strategy.validateUpdate?.(
      port({ frontend: 'web', port: 81, groupRef: { name: 'b' } }),
      old,
    );
    assert.deepEqual(errors, []);
  });
});

describe('ServicePort, warnings', () => {
  const deprecated: Partial<ServicePortSpec> = { type: 'ExternalIP', frontend: 'web' };
  const count = (spec: Partial<ServicePortSpec>, old?: Partial<ServicePortSpec>): number | undefined =>
    strategy.warnings?.(port(spec), old === undefined ? undefined : port(old)).length;

  it('come with a create', () => assert.equal(count(deprecated), 1));
  it('come with a change of the spec', () => assert.equal(count(deprecated, { ...deprecated, port: 80 }), 1));
  it('do not come with a label or a status', () => assert.equal(count(deprecated, deprecated), 0));
});
