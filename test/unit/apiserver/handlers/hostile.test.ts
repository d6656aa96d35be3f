/** What fuzzing found (test/unit/apiserver/fuzz.test.ts), each case once and by itself. */
import assert from 'node:assert/strict';
import { type Fixture, startFixture, widget, widgets } from './fixture.ts';

const listOnly = { accept: 'application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io' };
const objectOnly = { accept: 'application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io' };
const merge = { 'content-type': 'application/merge-patch+json' };
const apply = { 'content-type': 'application/apply-patch+yaml' };

/** No text can be made of it: its own `toString` is none. */
const unprintable = [{ toString: null }];

describe('hostile requests, one by one', () => {
  let fixture: Fixture;

  beforeEach(async () => {
    fixture = await startFixture();
    await fixture.call('POST', widgets, { body: widget('a') });
  });
  afterEach(() => fixture.stop());

  for (const field of ['kind', 'apiVersion']) {
    const body = { ...widget('b'), [field]: unprintable };

    it(`a POST whose ${field} is no text is 400`, async () => {
      const answer = await fixture.call('POST', widgets, { body });
      assert.equal(answer.code, 400);
      assert.match(
        answer.status().message ?? '',
        new RegExp(`json: cannot unmarshal array into Go struct field \\.${field} of type string`),
      );
    });

    it(`a patch that makes ${field} no text is 422`, async () => {
      const answer = await fixture.call('PATCH', `${widgets}/a`, {
        body: { [field]: unprintable },
        headers: merge,
      });
      assert.equal(answer.code, 422);
    });

    it(`an apply whose ${field} is no text is 400`, async () => {
      const target = `${widgets}/a?fieldManager=m`;
      assert.equal((await fixture.call('PATCH', target, { body, headers: apply })).code, 400);
    });

    it(`a DELETE whose ${field} is no text is 400`, async () => {
      const answer = await fixture.call('DELETE', `${widgets}/a`, { body: { [field]: unprintable } });
      assert.equal(answer.code, 400);
    });
  }

  it('what cannot be shown as asked is refused before it is written', async () => {
    const revision = await fixture.storage.currentRevision();
    const body = widget('a', { color: 'red' });
    const refused = [
      await fixture.call('POST', widgets, { body: widget('b'), headers: listOnly }),
      await fixture.call('PUT', `${widgets}/a`, { body, headers: listOnly }),
      await fixture.call('PATCH', `${widgets}/a`, { body, headers: { ...listOnly, ...merge } }),
      await fixture.call('PATCH', `${widgets}/c?fieldManager=m`, {
        body: widget('c'),
        headers: { ...listOnly, ...apply },
      }),
      await fixture.call('DELETE', `${widgets}/a`, { headers: listOnly }),
      await fixture.call('DELETE', widgets, { headers: objectOnly }),
    ];
    assert.deepEqual(
      refused.map(({ code }) => code),
      refused.map(() => 406),
    );
    assert.equal(await fixture.storage.currentRevision(), revision);
  });

  it('a JSON patch that nests deeper than a body may is refused', async () => {
    // Each copy puts the whole chain at its own end: 400 × 2^8 levels.
    const deepest = 400;
    const value = JSON.parse(`${'{"a":'.repeat(deepest)}{}${'}'.repeat(deepest)}`) as unknown;
    const inner = '/a'.repeat(deepest);
    const copies = [1, 2, 4, 8, 16, 32, 64, 128].map((times) => ({
      op: 'copy',
      from: '/spec/x',
      path: `/spec/x${inner.repeat(times)}`,
    }));
    const headers = { 'content-type': 'application/json-patch+json' };
    const body = JSON.stringify([{ op: 'add', path: '/spec/x', value }, ...copies]);
    const answer = await fixture.call('PATCH', `${widgets}/a`, { body, headers });
    assert.equal(answer.code, 422);
  });
});
