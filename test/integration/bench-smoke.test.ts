/** The bench still works: every workload gives figures for both sides. What they are is for `npm run bench`. */
import assert from 'node:assert/strict';
import { runBench } from '../bench/run.ts';
import { smoke } from '../bench/support/sizes.ts';
import { requires } from '../support/requirements.ts';

/** A minute alone on the machine; other suites may be on it. */
const TIMEOUT_MILLISECONDS = 300_000;
const workloads = ['P1', 'P2', 'P4', 'P5', 'P6', 'P8', 'P9', 'P10'];

describe('the bench', () => {
  requires('etcd', 'kube-apiserver', 'kube-controller-manager', 'kubectl');

  it('measures every workload on both sides', async function () {
    this.timeout(TIMEOUT_MILLISECONDS);
    const rows = await runBench({ sizes: smoke, progress: () => undefined });
    assert.deepEqual([...new Set(rows.map(({ id }) => id))], workloads);
    for (const { id, what, ours, peer } of rows) {
      assert.ok(Number.isFinite(ours), `${id} ${what}: ours is ${ours}`);
      assert.ok(Number.isFinite(peer), `${id} ${what}: the peer's is ${peer}`);
    }
  });
});
