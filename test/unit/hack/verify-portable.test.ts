import assert from 'node:assert/strict';
import { verifyPortable } from '../../../hack/verify-portable.ts';

const verify = (text: string): string[] => verifyPortable(new Map([['notes.md', text]]));

describe('verify-portable', () => {
  // Put together here, so that this file does not hold what it looks for.
  const home = ['', 'home', 'somebody', 'src'].join('/');
  const registry = `https://registry.${'npmjs'}.org/x`;
  const key = `-----BEGIN PRIVATE ${'KEY'}-----\n${'A'.repeat(64)}\n`;

  it('names paths of one machine, registries and keys with their line', () => {
    const place = home.slice(0, -'src'.length);
    assert.deepEqual(verify(`\nsee ${home}`), [`notes.md:2 holds a path of one machine: ${place}`]);
    assert.match(verify(registry)[0] ?? '', /holds a package registry/);
    assert.match(verify(key)[0] ?? '', /holds a private key/);
  });

  it('leaves ordinary paths and hosts alone', () => {
    assert.deepEqual(
      verify('/etc/hosts /tmp/x ~/work/x ./home/a/b https://kubernetes.io/docs $HOME/root/x'),
      [],
    );
  });
});
