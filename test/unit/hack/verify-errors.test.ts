import assert from 'node:assert/strict';
import { verifyErrors } from '../../../hack/verify-errors.ts';

const catalogue = "export type StorageErrorCode =\n  | 'NotFound'\n  | 'Conflict';\n";
const uses = "throw new StorageError('NotFound', ''); throw new StorageError('Conflict', '');";

describe('verify-errors', () => {
  const verify = (bridge: string, thrown = uses): string[] =>
    verifyErrors(
      new Map([
        ['apiserver/storage/errors.ts', catalogue],
        ['apiserver/storage/etcd/etcd-storage.ts', thrown],
        ['apiserver/registry/storage-errors.ts', bridge],
      ]),
    );

  it('is content when every code is thrown and bridged', () => {
    assert.deepEqual(verify('{ NotFound: f, Conflict: g }'), []);
  });

  it('names a code that the bridge forgot', () => {
    assert.deepEqual(verify('{ NotFound: f }'), [
      "apiserver/registry/storage-errors.ts does not handle 'Conflict'",
    ]);
  });

  it('names a code that nothing uses', () => {
    const sources = new Map([
      ['client/errors.ts', "export type ClientErrorCode = 'Unreachable' | 'Tls';"],
      ['client/http.ts', "throw new ClientError('Tls', '');"],
      ['apiserver/storage/errors.ts', 'export type StorageErrorCode = ;'],
    ]);
    assert.ok(
      verifyErrors(sources).includes("client/errors.ts: 'Unreachable' of ClientErrorCode is used nowhere"),
    );
  });

  it('names a bridge that is missing', () => {
    const sources = new Map([['apiserver/storage/errors.ts', catalogue]]);
    assert.match(verifyErrors(sources)[0] ?? '', /storage-errors\.ts is missing/);
  });
});
