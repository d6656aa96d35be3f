/** The etcd store against the storage contract, on a real etcd. */
import { openEtcdStorage } from '../../../../apiserver/storage/etcd/store.ts';
import { type OpenStorage, storageContract } from '../../../suites/storage.ts';
import { watchCacheContract } from '../../../suites/watch-cache.ts';
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

  const open: OpenStorage = async () => {
    const prefix = `/contract-${opened++}`;
    const storage = await openEtcdStorage({ endpoints: [server.endpoint], prefix });
    return { storage, prefix, dispose: () => storage.close() };
  };

  storageContract('etcd', open);
  watchCacheContract('etcd', open);
});
