/** The etcd store against the storage contract, on a real etcd. */
import { openEtcdStorage } from '../../../../apiserver/storage/etcd/store.ts';
import { storageContract } from '../../../suites/storage.ts';
import { type EtcdServer, startEtcd } from '../../../support/etcd.ts';
import { requires } from '../../../support/requirements.ts';

describe('etcd store', () => {
  requires('etcd');

  let server: EtcdServer;
  let opened = 0;
  before(async () => {
    server = await startEtcd();
  });
  after(() => server.stop());

  storageContract('etcd', async () => {
    const prefix = `/contract-${opened++}`;
    const storage = await openEtcdStorage({ endpoints: [server.endpoint], prefix });
    return { storage, prefix, dispose: () => storage.close() };
  });
});
