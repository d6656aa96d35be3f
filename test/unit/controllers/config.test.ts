import assert from 'node:assert/strict';
import { ConfigError, parseControllersConfig } from '../../../controllers/config.ts';

describe('controllers config', () => {
  it('has defaults, and reads every flag', () => {
    assert.equal(parseControllersConfig([]).workers, 16);
    const config = parseControllersConfig([
      '--kubeconfig=/k',
      '--topology-keys=rack, example.com/row',
      '--mirror-namespaces',
      'shop,bank',
      '--workers=3',
      '--qps=50',
    ]);
    assert.deepEqual(config.topologyKeys, ['rack', 'example.com/row']);
    assert.deepEqual(config.mirrorNamespaces, ['shop', 'bank']);
    assert.deepEqual([config.kubeconfig, config.workers, config.qps], ['/k', 3, 50]);
  });

  const wrong: readonly (readonly [string, RegExp])[] = [
    ['--workers=0', /--workers: "0" is not a whole number from 1 to 1000/],
    ['--workers=many', /--workers: "many"/],
    ['--topology-keys=a b', /--topology-keys: "a b" is not a label key/],
    ['--mirror-namespaces=Shop', /--mirror-namespaces: "Shop" is not a namespace name/],
    ['--log-level=loud', /--log-level: "loud" is not one of debug, info, warn, error/],
    ['--metrics-port=70000', /--metrics-port: "70000"/],
    ['--kubecnofig=x', /--kubecnofig/],
    ['stray', /stray/],
  ];
  for (const [flag, message] of wrong) {
    it(`says what is wrong with ${flag}`, () => {
      assert.throws(
        () => parseControllersConfig([flag]),
        (e) => e instanceof ConfigError && message.test(e.message) && !e.message.includes('\n'),
      );
    });
  }
});
