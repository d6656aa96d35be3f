/** Every real Service of the corpus, through a real kube-apiserver, into v3. */
import assert from 'node:assert/strict';
import path from 'node:path';
import { createClient } from '../../client/client.ts';
import { loadConnection } from '../../client/kubeconfig.ts';
import type { ApiClient } from '../../client/types.ts';
import { loadCorpus } from '../support/corpus.ts';
import { mirrorCorpus, reportTable } from '../support/corpus-run.ts';
import { type Installation, install } from '../support/installation.ts';
import { requires, sharedFolder } from '../support/requirements.ts';
import { sharedControlPlane } from '../support/shared-control-plane.ts';

const TIMEOUT_MILLISECONDS = 240_000;

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
    this.timeout(60_000);
    await client?.close();
    await installation?.stop();
  });

  it('is mirrored whole, for every type', async function () {
    this.timeout(2 * TIMEOUT_MILLISECONDS);
    const report = await mirrorCorpus({
      client,
      waves: loadCorpus(path.join(sharedFolder(), 'data', 'services')),
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
});
