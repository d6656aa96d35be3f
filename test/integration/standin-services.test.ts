/**
 * The stand-in's Service against the real one: what standalone mode makes of each manifest is what
 * kube-apiserver makes of it, numbers that are drawn aside.
 */
import assert from 'node:assert/strict';
import path from 'node:path';
import { prepareService } from '../../api/core/service/kind.ts';
import { validateService } from '../../api/core/service/validation.ts';
import type { V1Service, V1ServiceSpec } from '../../api/core/types.ts';
import { fieldErrorMessage } from '../../api/meta/field-error.ts';
import { defaultRanges, ServiceAllocator } from '../../cli/standalone/service-allocator.ts';
import { createClient } from '../../client/client.ts';
import { loadConnection } from '../../client/kubeconfig.ts';
import { namespaces, services } from '../../client/resources.ts';
import type { ApiClient } from '../../client/types.ts';
import { loadCorpus } from '../support/corpus.ts';
import { requires, sharedFolder } from '../support/requirements.ts';
import { sharedControlPlane } from '../support/shared-control-plane.ts';

/** Drawn numbers cannot agree: what the manifest left open is only said to be there. */
function withoutDrawn(spec: V1ServiceSpec, asked: V1ServiceSpec): V1ServiceSpec {
  const drawn = (value: string | undefined): string => (value === 'None' ? 'None' : 'drawn');
  const ips = (asked.clusterIPs ?? (asked.clusterIP ? [asked.clusterIP] : [])).filter(Boolean);
  const clusterIPs = spec.clusterIPs?.map((ip, i) => ips[i] ?? drawn(ip));
  const ports = spec.ports?.map((port, i) => ({
    ...port,
    ...(port.nodePort === undefined || asked.ports?.[i]?.nodePort ? {} : { nodePort: -1 }),
  }));
  return {
    ...spec,
    ...(clusterIPs === undefined ? {} : { clusterIPs, clusterIP: clusterIPs[0] ?? '' }),
    ...(ports === undefined ? {} : { ports }),
    ...(spec.healthCheckNodePort === undefined || asked.healthCheckNodePort
      ? {}
      : { healthCheckNodePort: -1 }),
  };
}

function standIn(service: V1Service): V1Service {
  const made = structuredClone(service);
  prepareService(made, undefined);
  const allocator = new ServiceAllocator(defaultRanges, () => 0, Math.random);
  const errors = [...allocator.allocate(made, undefined, false), ...validateService(made)];
  assert.deepEqual(errors.map(fieldErrorMessage), []);
  return made;
}

describe('the stand-in’s Services are kube-apiserver’s', () => {
  requires('etcd', 'kube-apiserver', 'kube-controller-manager', 'kubectl', 'shared-data');
  let client: ApiClient;
  const corpus = () => loadCorpus(path.join(sharedFolder(), 'data', 'services')).flat();

  before(async function () {
    this.timeout(240_000);
    const plane = await sharedControlPlane();
    client = createClient(loadConnection({ path: plane.kubeconfig }));
    await client
      .resource(namespaces)
      .create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'standin' } });
  });
  after(async () => client?.close());

  it('for every manifest of the corpus', async function () {
    this.timeout(240_000);
    for (const { source, service } of corpus()) {
      const sent: V1Service = { ...service, metadata: { ...service.metadata, namespace: 'standin' } };
      const real = await client.resource<V1Service>(services).create(sent, { dryRun: true });
      const asked = sent.spec ?? {};
      assert.deepEqual(
        withoutDrawn(standIn(sent).spec ?? {}, asked),
        withoutDrawn(real.spec ?? {}, asked),
        `${source} ${sent.metadata.name}`,
      );
    }
  });
});
