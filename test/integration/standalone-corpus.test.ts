/** The corpus of v1 Services in standalone mode: what is created is mirrored. */
import assert from 'node:assert/strict';
import path from 'node:path';
import { createClient } from '../../client/client.ts';
import { loadConnection } from '../../client/kubeconfig.ts';
import type { ApiClient } from '../../client/types.ts';
import { loadCorpus } from '../support/corpus.ts';
import { mirrorCorpus, reportTable } from '../support/corpus-run.ts';
import { projectRoot, requires, sharedFolder } from '../support/requirements.ts';
import { type StandaloneProcess, startStandalone } from '../support/standalone.ts';
import { type TemporaryFolder, temporaryFolder } from '../support/temporary-folder.ts';

const TIMEOUT_MILLISECONDS = 240_000;

describe('Services in standalone mode are mirrored whole', () => {
  let folder: TemporaryFolder;
  let standalone: StandaloneProcess;
  let client: ApiClient;

  beforeEach(async () => {
    folder = temporaryFolder('standalone-corpus');
    standalone = await startStandalone(folder.join('data'));
    client = createClient(loadConnection({ path: standalone.kubeconfig }));
  });
  afterEach(async () => {
    await client?.close();
    await standalone?.process.stop();
    folder.remove();
  });

  const mirrorAll = async (directory: string): Promise<void> => {
    const waves = loadCorpus(directory);
    const report = await mirrorCorpus({
      client,
      waves,
      timeoutMilliseconds: TIMEOUT_MILLISECONDS / 4,
      progress: () => undefined,
    });
    console.log(reportTable(report).replaceAll(/^/gm, '      '));
    assert.deepEqual(report.problems, []);
    let total = 0;
    for (const [type, { created, mirrored }] of Object.entries(report.rows)) {
      assert.ok(created > 0, `there is no ${type}`);
      assert.equal(mirrored, created, type);
      total += created;
    }
    assert.equal(total, waves.flat().length);
  };

  it('our own manifests', function () {
    this.timeout(TIMEOUT_MILLISECONDS);
    return mirrorAll(path.join(projectRoot, 'test', 'data', 'services'));
  });

  describe('of others', () => {
    requires('shared-data');

    it('all public manifests', function () {
      this.timeout(TIMEOUT_MILLISECONDS);
      return mirrorAll(path.join(sharedFolder(), 'data', 'services'));
    });
  });
});
