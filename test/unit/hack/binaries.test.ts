import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import {
  binaryNames,
  cacheFolder,
  findBinary,
  kubernetesVersion,
  requireBinary,
} from '../../../hack/envtest/binaries.ts';
import { type TemporaryFolder, temporaryFolder } from '../../support/temporary-folder.ts';

describe('envtest binaries', () => {
  let folder: TemporaryFolder;

  beforeEach(() => {
    folder = temporaryFolder('binaries');
  });
  afterEach(() => folder.remove());

  const place = (file: string, mode = 0o755): string => {
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, '');
    chmodSync(file, mode);
    return file;
  };

  it('reads the version out of go.mod', () => {
    assert.equal(kubernetesVersion('require (\n\tk8s.io/kubernetes v1.36.3 // indirect\n)'), 'v1.36.3');
    assert.match(kubernetesVersion(), /^v1\.36\.\d+$/);
    assert.throws(() => kubernetesVersion('module x'), /names no version/);
  });

  it('keeps the cache outside the tree, by version', () => {
    const version = kubernetesVersion();
    assert.equal(cacheFolder({ SERVICES_V3_CACHE: '/c' }), path.join('/c', 'envtest', version));
    assert.equal(cacheFolder({ XDG_CACHE_HOME: '/x' }), path.join('/x', 'services-v3', 'envtest', version));
  });

  it('prefers KUBEBUILDER_ASSETS over the cache, and for etcd ETCD_BIN and PATH over both', () => {
    const env = {
      SERVICES_V3_CACHE: folder.join('cache'),
      KUBEBUILDER_ASSETS: folder.join('assets'),
      PATH: folder.join('bin'),
    };
    for (const name of binaryNames) {
      assert.equal(findBinary(name, env), undefined);
      place(path.join(cacheFolder(env), name));
      assert.equal(findBinary(name, env)?.source, 'cache');
      place(folder.join('assets', name));
      assert.equal(findBinary(name, env)?.source, 'KUBEBUILDER_ASSETS');
    }
    place(folder.join('bin', 'etcd'));
    assert.equal(findBinary('etcd', env)?.source, 'PATH');
    const named = place(folder.join('my-etcd'));
    assert.deepEqual(findBinary('etcd', { ...env, ETCD_BIN: named }), {
      name: 'etcd',
      path: named,
      source: 'ETCD_BIN',
    });
  });

  it('does not replace an ETCD_BIN that is wrong', () => {
    place(folder.join('bin', 'etcd'));
    const env = { ETCD_BIN: folder.join('gone'), PATH: folder.join('bin') };
    assert.equal(findBinary('etcd', env), undefined);
    assert.throws(() => requireBinary('etcd', env), /etcd was not found: .*ETCD_BIN/);
  });

  it('ignores folders and files that cannot be executed', () => {
    mkdirSync(folder.join('bin', 'kubectl'), { recursive: true });
    place(folder.join('assets', 'kubectl'), 0o644);
    const env = {
      SERVICES_V3_CACHE: folder.path,
      KUBEBUILDER_ASSETS: folder.join('assets'),
      PATH: folder.join('bin'),
    };
    assert.equal(findBinary('kubectl', env), undefined);
  });
});
