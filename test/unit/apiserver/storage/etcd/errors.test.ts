import assert from 'node:assert/strict';
import { StorageError } from '../../../../../apiserver/storage/errors.ts';
import { hasTrustedProgress } from '../../../../../apiserver/storage/etcd/client.ts';
import { etcdError } from '../../../../../apiserver/storage/etcd/errors.ts';

describe('what etcd says', () => {
  const cases: [string, string, RegExp][] = [
    [
      'GRPCOutOfRangeError: 11 OUT_OF_RANGE: etcdserver: mvcc: required revision has been compacted',
      'Compacted',
      /compacted/,
    ],
    [
      '11 OUT_OF_RANGE: etcdserver: mvcc: required revision is a future revision',
      'FutureRevision',
      /not reached/,
    ],
    ['3 INVALID_ARGUMENT: etcdserver: request is too large', 'TooLarge', /size/],
    [
      '8 RESOURCE_EXHAUSTED: etcdserver: mvcc: database space exceeded',
      'Unavailable',
      /space quota: compact and defragment/,
    ],
    [
      '14 UNAVAILABLE: No connection established. Last error: Error: connect ECONNREFUSED 127.0.0.1:1. Resolution note: ',
      'Unavailable',
      /check that etcd runs/,
    ],
    ['14 UNAVAILABLE: Name resolution failed for target dns:nowhere', 'Unavailable', /check the host name/],
    ['4 DEADLINE_EXCEEDED: Deadline exceeded after 10s', 'Unavailable', /majority of its members/],
    ['14 UNAVAILABLE: etcdserver: no leader', 'Unavailable', /majority of its members/],
    ['7 PERMISSION_DENIED: etcdserver: permission denied', 'Unavailable', /grant its role/],
    [
      '13 INTERNAL: something new\nwith more lines',
      'Unavailable',
      /check its health and its log \(INTERNAL: something new\)$/,
    ],
  ];
  for (const [message, code, says] of cases) {
    it(`${code}: ${message.split('\n')[0]}`, () => {
      const error = etcdError(new Error(message), ['http://a:2379', 'http://b:2379']);
      assert.equal(error.code, code);
      assert.match(error.message, says);
      assert.match(error.message, /^etcd at http:\/\/a:2379, http:\/\/b:2379 [^\n]*$/);
      assert.ok(!error.message.includes('Resolution note'));
    });
  }

  it('an error of ours stays as it is', () => {
    const own = new StorageError('KeyExists', 'a exists already');
    assert.equal(etcdError(own, []), own);
  });

  it('progress is trusted from the releases on that order it', () => {
    const versions = [
      '3.3.27',
      '3.4.30',
      '3.4.31',
      '3.5.12',
      '3.5.13',
      '3.6.0',
      '3.6.0-rc.1',
      '3.7.0',
      '4.0.0',
    ];
    assert.deepEqual(versions.map(hasTrustedProgress), [
      false,
      false,
      true,
      false,
      true,
      true,
      true,
      true,
      true,
    ]);
  });
});
