/** The embedded store against the storage contract, on real files. */
import { openEmbeddedStorage } from '../../../../apiserver/storage/embedded/store.ts';
import { type OpenStorage, storageContract } from '../../../suites/storage.ts';
import { watchCacheContract } from '../../../suites/watch-cache.ts';
import { temporaryFolder } from '../../../support/temporary-folder.ts';

const open: OpenStorage = async () => {
  const folder = temporaryFolder('embedded');
  const storage = await openEmbeddedStorage({ directory: folder.join('data') });
  return {
    storage,
    prefix: '/contract',
    dispose: async () => {
      await storage.close();
      folder.remove();
    },
  };
};

storageContract('embedded', open);
watchCacheContract('embedded', open);
