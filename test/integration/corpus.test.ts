/** Every real Service of the corpus, through a real kube-apiserver, into v3. */
import assert from 'node:assert/strict';
import path from 'node:path';
import type { V1Service } from '../../api/core/types.ts';
import { createClient } from '../../client/client.ts';
import { loadConnection } from '../../client/kubeconfig.ts';
import { services } from '../../client/resources.ts';
import type { ApiClient } from '../../client/types.ts';
import { classOf, loadCorpus, type ServiceClass } from '../support/corpus.ts';
import { mirrorCorpus, removeCorpus, reportTable } from '../support/corpus-run.ts';
import { type HandedOut, handedOutByV1, handedOutByV3 } from '../support/handed-out.ts';
import { type Installation, install } from '../support/installation.ts';
import { createReadyPods, createZonedNodes } from '../support/ready-pods.ts';
import { requires, sharedFolder } from '../support/requirements.ts';
import { sharedControlPlane } from '../support/shared-control-plane.ts';
import { waitFor } from '../support/wait.ts';

const TIMEOUT_MILLISECONDS = 240_000;
/** 200 pods: 40 for one Service of each of these types, and of one more ClusterIP. */
const POPULATED: readonly ServiceClass[] = ['ClusterIP', 'ClusterIP', 'headless', 'NodePort', 'LoadBalancer'];
const PODS_EACH = 40;

const corpus = () => loadCorpus(path.join(sharedFolder(), 'data', 'services'));

describe('the corpus of v1 Services', () => {
  requires('etcd', 'kube-apiserver', 'kube-controller-manager', 'kubectl', 'shared-data');
  let installation: Installation;
  let client: ApiClient;

  before(async function () {
    this.timeout(TIMEOUT_MILLISECONDS);
    const plane = await sharedControlPlane();
    installation = await install(plane, { storage: 'etcd' });
    client = createClient(loadConnection({ path: plane.kubeconfig }));
  });
  after(async function () {
    this.timeout(TIMEOUT_MILLISECONDS);
    await installation?.stop();
    if (client !== undefined) await removeCorpus({ client, waves: corpus() });
    await client?.close();
  });

  it('is mirrored whole, for every type', async function () {
    this.timeout(2 * TIMEOUT_MILLISECONDS);
    const report = await mirrorCorpus({
      client,
      waves: corpus(),
      timeoutMilliseconds: TIMEOUT_MILLISECONDS / 2,
      progress: () => undefined,
    });
    console.log(reportTable(report).replaceAll(/^/gm, '      '));
    assert.deepEqual(report.problems, []);
    for (const [type, { created, mirrored }] of Object.entries(report.rows)) {
      assert.ok(created > 0, `the corpus has no ${type}`);
      assert.equal(mirrored, created, type);
    }
  });

  it('hands out the addresses of kube-controller-manager’s EndpointSlices, for 200 ready pods', async function () {
    this.timeout(TIMEOUT_MILLISECONDS);
    const chosen = await servicesToPopulate(client);
    await createZonedNodes(client);
    for (const [i, service] of chosen.entries()) {
      await createReadyPods(client, service, PODS_EACH, i * PODS_EACH);
    }
    for (const service of chosen) {
      const { namespace, name } = service.metadata;
      const families = service.spec?.ipFamilies?.length ?? 1;
      const expected = PODS_EACH * families * (service.spec?.ports?.length ?? 0);
      let v1: HandedOut = [];
      let v3: HandedOut = [];
      await waitFor(
        `v1 and v3 to hand out the same for ${namespace}/${name}`,
        async () => {
          [v1, v3] = await Promise.all([handedOutByV1(client, service), handedOutByV3(client, service)]);
          return v1.length === expected && v1.join() === v3.join();
        },
        { intervalMs: 500, timeoutMs: TIMEOUT_MILLISECONDS / 4 },
      ).catch(() => assert.deepEqual(v3, v1, `${namespace}/${name}`));
      assert.equal(v1.length, expected, `${namespace}/${name}`);
    }
  });
});

/** With a selector, several ports and named targets where there are such. */
async function servicesToPopulate(client: ApiClient): Promise<V1Service[]> {
  const { items } = await client.resource<V1Service>(services).list();
  const rich = (s: V1Service): number =>
    (s.spec?.ports ?? []).filter((p) => typeof p.targetPort === 'string').length;
  const usable = items
    .filter((s) => s.spec?.selector !== undefined && (s.spec.ports ?? []).length > 0)
    // A Service of a hundred ports would make the comparison long without telling more.
    .filter((s) => (s.spec?.ports ?? []).length <= 5)
    .sort((a, b) => rich(b) - rich(a));
  const taken = new Set<string | undefined>();
  return POPULATED.map((type) => {
    // Each in a namespace of its own: selectors of neighbours may overlap.
    const index = usable.findIndex((s) => classOf(s) === type && !taken.has(s.metadata.namespace));
    const [service] = usable.splice(index, 1);
    taken.add(service?.metadata.namespace);
    assert.ok(service && index >= 0, `the corpus has no ${type} with a selector and ports`);
    return service;
  });
}
