/** The embedded store against the storage contract, on real files. */
import { openEmbeddedStorage } from '../../../../apiserver/storage/embedded/store.ts';
import { storageContract } from '../../../suites/storage.ts';
import { temporaryFolder } from '../../../support/temporary-folder.ts';

storageContract('embedded', async () => {
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
});
