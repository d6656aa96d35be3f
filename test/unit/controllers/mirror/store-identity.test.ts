import assert from 'node:assert/strict';
import type { ConfigMap } from '../../../../api/core/types.ts';
import { ensureStoreIdentity, STORE_IDENTITY_NAME } from '../../../../controllers/mirror/store-identity.ts';
import { FakeCluster } from './v1-to-v3/cluster.ts';

describe('mirror: the identity of the cluster', () => {
  it('is made once and then read, also by another instance', async () => {
    const cluster = new FakeCluster();
    assert.equal(await ensureStoreIdentity(cluster.client(), () => 'first'), 'first');
    assert.equal(await ensureStoreIdentity(cluster.client(), () => 'second'), 'first');
    assert.equal(cluster.taken().length, 1);
  });

  it('is that of the instance that was faster', async () => {
    const cluster = new FakeCluster();
    cluster.fault = ({ name }) => {
      cluster.put<ConfigMap>({
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { name, namespace: 'kube-system' },
        data: { id: 'theirs' },
      });
      return undefined;
    };
    assert.equal(await ensureStoreIdentity(cluster.client(), () => 'ours'), 'theirs');
  });

  it('is another one after it was lost', async () => {
    const cluster = new FakeCluster();
    await ensureStoreIdentity(cluster.client(), () => 'first');
    cluster.drop('ConfigMap', 'kube-system', STORE_IDENTITY_NAME);
    assert.equal(await ensureStoreIdentity(cluster.client(), () => 'second'), 'second');
  });
});
