import assert from 'node:assert/strict';
import { FlagError } from '../../../command/flags.ts';
import { parseControllersConfig } from '../../../controllers/config.ts';

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
    ['--workers=0', /--workers 0: must be a number from 1 to 1000/],
    ['--workers=many', /--workers many: must be a number/],
    ['--topology-keys=a b', /--topology-keys a b: must be label keys/],
    ['--mirror-namespaces=Shop', /--mirror-namespaces Shop: must be names of namespaces/],
    ['--log-level=loud', /--log-level loud: must be debug or info or warn or error or silent/],
    ['--metrics-port=70000', /--metrics-port 70000: must be a number from 0 to 65535/],
    ['--kubecnofig=x', /--kubecnofig/],
    ['stray', /stray/],
  ];
  for (const [flag, message] of wrong) {
    it(`says what is wrong with ${flag}`, () => {
      assert.throws(
        () => parseControllersConfig([flag]),
        (e) => e instanceof FlagError && message.test(e.message) && !e.message.includes('\n'),
      );
    });
  }
});
