import assert from 'node:assert/strict';
import type { KubeObject } from '../../../../api/meta/types.ts';
import type { Endpoint, ServiceGroup } from '../../../../api/services/v3alpha1/types.ts';
import { createManualClock } from '../../../../client/clock.ts';
import type { ResourceClient } from '../../../../client/types.ts';
import { createGroupsController } from '../../../../controllers/groups/controller.ts';
import { silentRecorder } from '../../../../controllers/runtime/events.ts';
import { silentLog } from '../../../../controllers/runtime/log.ts';
import { noMetrics } from '../../../../controllers/runtime/metrics.ts';
import { keyOf } from '../../../../controllers/runtime/object-key.ts';
import { createObjectStore } from '../../../../controllers/runtime/object-store.ts';
import type { Informer, InformerEvent } from '../../../../controllers/runtime/types.ts';
import { settle } from '../../client/fake-collection.ts';

/** An informer whose events the test makes. */
function manualInformer<T extends KubeObject>() {
  const store = createObjectStore<T>({ namespace: (o) => [o.metadata.namespace ?? ''] });
  const listeners: ((event: InformerEvent<T>) => void)[] = [];
  const informer: Informer<T> = {
    get: store.get,
    list: store.list,
    byIndex: store.byIndex,
    synced: true,
    whenSynced: () => Promise.resolve(),
    subscribe: (listener) => {
      listeners.push(listener);
      return () => undefined;
    },
  };
  return {
    informer,
    put(object: T) {
      const key = keyOf(object);
      const previous = store.get(key);
      store.set(key, object);
      for (const listen of listeners)
        listen({ type: previous === undefined ? 'added' : 'modified', key, object, previous });
    },
  };
}

describe('groups controller', () => {
  it('paces the writes of one group and ends with the truth', async () => {
    const clock = createManualClock(Date.parse('2026-05-01T12:00:00Z'));
    const groups = manualInformer<ServiceGroup>();
    const endpoints = manualInformer<Endpoint>();
    const totals: (number | undefined)[] = [];
    const controller = createGroupsController({
      clock,
      random: () => 0.5,
      workers: 2,
      log: silentLog,
      metrics: noMetrics,
      recorder: silentRecorder,
      informers: { serviceGroups: groups.informer, endpoints: endpoints.informer },
      serviceGroups: {
        updateStatus(group: ServiceGroup) {
          totals.push(group.status?.endpoints?.total);
          groups.put(group);
          return Promise.resolve(group);
        },
      } as unknown as ResourceClient<ServiceGroup>,
    });
    const stop = new AbortController();
    const finished = controller.run(stop.signal);
    const add = (name: string, app: string): void =>
      endpoints.put({
        apiVersion: 'services.x-k8s.io/v3alpha1',
        kind: 'Endpoint',
        metadata: { name, namespace: 'shop', labels: { app } },
        spec: { addresses: [{ ip: '10.0.0.1', network: 'default' }], weight: 100 },
      });
    add('before', 'web');
    groups.put({
      apiVersion: 'services.x-k8s.io/v3alpha1',
      kind: 'ServiceGroup',
      metadata: { name: 'web', namespace: 'shop' },
      spec: { selector: { matchLabels: { app: 'web' } }, network: 'default', publish: 'Ready' },
    });
    await settle();
    assert.deepEqual(totals, [1]);
    for (let i = 0; i < 10; i++) {
      add(`e${i}`, 'web');
      await settle();
      clock.advance(100);
    }
    add('e0', 'other');
    await settle();
    assert.deepEqual(totals, [1], 'nothing within the interval');
    clock.advance(5_000);
    await settle();
    assert.deepEqual(totals, [1, 10]);
    clock.advance(60_000);
    await settle();
    assert.deepEqual(totals, [1, 10], 'and rests');
    stop.abort();
    await finished;
  });
});
