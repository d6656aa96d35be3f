import assert from 'node:assert/strict';
import type { CoreEvent } from '../../../../api/core/types.ts';
import { ApiError } from '../../../../api/meta/api-error.ts';
import { createManualClock } from '../../../../client/clock.ts';
import type { ResourceClient } from '../../../../client/types.ts';
import { createEventRecorder } from '../../../../controllers/runtime/events.ts';

const service = { apiVersion: 'v1', kind: 'Service', metadata: { name: 'web', namespace: 'shop', uid: 'u' } };

function start(fail?: () => Error | undefined) {
  const clock = createManualClock();
  const created: CoreEvent[] = [];
  const patched: unknown[] = [];
  const answer = <T>(value: T): Promise<T> => {
    const error = fail?.();
    return error === undefined ? Promise.resolve(value) : Promise.reject(error);
  };
  const events = {
    create: (e: CoreEvent) => answer(e).then(() => created.push(e)),
    patch: (_ns: string, _name: string, _type: string, patch: unknown) =>
      answer(patch).then(() => patched.push(patch)),
  } as unknown as ResourceClient<CoreEvent>;
  return { clock, created, patched, recorder: createEventRecorder({ events, clock, component: 'test' }) };
}

describe('event recorder', () => {
  it('counts the same event up instead of making another', async () => {
    const { recorder, created, patched } = start();
    for (let i = 0; i < 3; i++) recorder.event(service, 'Warning', 'Lossy', 'no ranges in v1');
    recorder.event(service, 'Warning', 'Lossy', 'no gates in v1');
    await recorder.flush();
    assert.deepEqual(
      created.map((e) => [e.message, e.count]),
      [
        ['no ranges in v1', 1],
        ['no gates in v1', 1],
      ],
    );
    assert.deepEqual(
      patched.map((p) => (p as CoreEvent).count),
      [2, 3],
    );
    assert.equal(created[0]?.metadata.namespace, 'shop');
    assert.equal(created[0]?.involvedObject.uid, 'u');
  });

  it('lets an object have a burst, then one event every five minutes', async () => {
    const { recorder, created, clock } = start();
    for (let i = 0; i < 40; i++) recorder.event(service, 'Normal', 'R', `m${i}`);
    await recorder.flush();
    assert.equal(created.length, 25);
    assert.equal(recorder.dropped, 15);
    clock.advance(300_000);
    recorder.event(service, 'Normal', 'R', 'later');
    await recorder.flush();
    assert.equal(created.length, 26);
  });

  it('never fails: what cannot be written is dropped', async () => {
    const { recorder } = start(() => new ApiError('Forbidden', 'no'));
    recorder.event(service, 'Normal', 'R', 'm');
    await recorder.flush();
    assert.equal(recorder.dropped, 1);
  });

  it('keeps events of cluster-scoped objects in default', async () => {
    const { recorder, created } = start();
    recorder.event({ apiVersion: 'v1', kind: 'Node', metadata: { name: 'n1' } }, 'Normal', 'R', 'm');
    await recorder.flush();
    assert.equal(created[0]?.metadata.namespace, 'default');
  });
});
