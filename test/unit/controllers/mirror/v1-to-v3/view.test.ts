import assert from 'node:assert/strict';
import type { KubeObject } from '../../../../../api/meta/types.ts';
import { createWritten } from '../../../../../controllers/mirror/v1-to-v3/view.ts';

const group = (resourceVersion: string, uid = 'u'): KubeObject => ({
  apiVersion: 'services.x-k8s.io/v3alpha1',
  kind: 'ServiceGroup',
  metadata: { namespace: 'shop', name: 'web', uid, resourceVersion },
});

describe('mirror: our own writes beside the informers', () => {
  let now = 0;
  const newest = (written: ReturnType<typeof createWritten>, cached: KubeObject | undefined) =>
    written.newest('ServiceGroup', 'shop/web', cached)?.metadata.resourceVersion;

  it('the newer of both counts, by number and not by text', () => {
    const written = createWritten({ now: () => now });
    written.wrote('ServiceGroup', group('10'));
    assert.equal(newest(written, undefined), '10');
    assert.equal(newest(written, group('9')), '10');
    assert.equal(newest(written, group('11')), '11');
  });

  it('what was deleted is absent, until the name has another object', () => {
    const written = createWritten({ now: () => now });
    written.deleted('ServiceGroup', group('10'));
    assert.equal(newest(written, group('9')), undefined);
    assert.equal(newest(written, group('12', 'other')), '12');
  });

  it('a write that somebody else undid is not believed any more', () => {
    const written = createWritten({ now: () => now });
    written.wrote('ServiceGroup', group('10'));
    written.saw('ServiceGroup', { type: 'deleted', object: group('10') });
    assert.equal(newest(written, undefined), undefined);
  });

  it('an event of before our write changes nothing', () => {
    const written = createWritten({ now: () => now });
    written.wrote('ServiceGroup', group('10'));
    written.saw('ServiceGroup', { type: 'modified', object: group('9') });
    written.saw('ServiceGroup', { type: 'deleted', object: group('8', 'before') });
    assert.equal(newest(written, undefined), '10');
  });

  it('an object that a finalizer holds is seen again: it is in the way', () => {
    const written = createWritten({ now: () => now });
    written.deleted('ServiceGroup', group('10'));
    const leaving = {
      ...group('11'),
      metadata: { ...group('11').metadata, deletionTimestamp: '2026-01-01T00:00:00Z' },
    };
    written.saw('ServiceGroup', { type: 'modified', object: leaving });
    assert.equal(newest(written, leaving), '11');
  });

  it('a write that no watch ever showed is forgotten after half a minute', () => {
    const written = createWritten({ now: () => now });
    written.wrote('ServiceGroup', group('10'));
    now += 30_001;
    assert.equal(newest(written, undefined), undefined);
  });
});
