import assert from 'node:assert/strict';
import { temporaryFolder } from '../../../support/temporary-folder.ts';
import {
  allWidgets,
  type Fixture,
  gadgets,
  startFixture,
  whileTimePasses,
  widget,
  widgets,
} from './fixture.ts';

const names = (items: readonly { metadata: { name?: string } }[]) => items.map((item) => item.metadata.name);

describe('get and list (conformance §7)', () => {
  let server: Fixture;
  before(async () => {
    server = await startFixture();
    for (const [name, color] of [
      ['a', 'red'],
      ['b', 'blue'],
      ['c', 'red'],
      ['d', 'blue'],
      ['e', 'red'],
    ] as const) {
      await server.call('POST', widgets, { body: widget(name, { color }, { labels: { color } }) });
    }
    const other = '/apis/example.com/v1/namespaces/shop-2/widgets';
    await server.call('POST', other, { body: widget('a', { color: 'red' }) });
  });
  after(() => server.stop());

  const get = (target: string) => server.call('GET', target);

  describe('get', () => {
    it('404 NotFound', async () => {
      const answer = await get(`${widgets}/missing`);
      assert.equal(answer.code, 404);
      assert.equal(answer.status().message, 'widgets.example.com "missing" not found');
      assert.deepEqual(answer.status().details, { name: 'missing', group: 'example.com', kind: 'widgets' });
    });

    it('any version, a version that is there, and 504 with its cause for one from the future', async () => {
      const { metadata } = (await get(`${widgets}/a`)).object();
      assert.equal((await get(`${widgets}/a?resourceVersion=0`)).code, 200);
      assert.equal((await get(`${widgets}/a?resourceVersion=${metadata.resourceVersion}`)).code, 200);
      const future = await whileTimePasses(server.clock, get(`${widgets}/a?resourceVersion=999999`));
      assert.equal(future.code, 504);
      assert.equal(future.headers['retry-after'], '1');
      assert.match(
        future.status().message ?? '',
        /^Timeout: Too large resource version: 999999, current: \d+$/,
      );
      assert.deepEqual(future.status().details?.causes, [
        { reason: 'ResourceVersionTooLarge', message: 'Too large resource version' },
      ]);
    });

    it('400 for a version that is none, and for export', async () => {
      assert.equal((await get(`${widgets}/a?resourceVersion=abc`)).code, 400);
      assert.equal((await get(`${widgets}/a?export=true`)).code, 400);
    });

    it('ignores watch=true', async () => {
      assert.equal((await get(`${widgets}/a?watch=true`)).object().kind, 'Widget');
    });
  });

  describe('list', () => {
    it('WidgetList in order of namespace and name, with a version not older than any item', async () => {
      const list = (await get(allWidgets)).list();
      assert.equal(list.kind, 'WidgetList');
      assert.equal(list.apiVersion, 'example.com/v1');
      assert.deepEqual(
        list.items.map((item) => `${item.metadata.namespace}/${item.metadata.name}`),
        ['shop-2/a', 'shop/a', 'shop/b', 'shop/c', 'shop/d', 'shop/e'],
      );
      const version = Number(list.metadata.resourceVersion);
      for (const item of list.items) assert.ok(Number(item.metadata.resourceVersion) <= version);
      assert.equal(list.metadata.continue, undefined);
      assert.equal(list.metadata.remainingItemCount, undefined);
    });

    it('empty: items [] and the version of the whole resource', async () => {
      const answer = await get('/apis/example.com/v1/namespaces/empty/widgets?limit=1');
      assert.match(answer.text, /"items":\[\]\}\n$/);
      assert.equal(
        answer.list().metadata.resourceVersion,
        (await get(allWidgets)).list().metadata.resourceVersion,
      );
    });

    it('pages at the version of the first page, whatever is written meanwhile', async () => {
      const first = (await get(`${widgets}?limit=2`)).list();
      assert.deepEqual(names(first.items), ['a', 'b']);
      assert.equal(first.metadata.remainingItemCount, 3);
      await server.call('POST', widgets, { body: widget('bb') });
      const second = (await get(`${widgets}?limit=2&continue=${first.metadata.continue}`)).list();
      assert.deepEqual(names(second.items), ['c', 'd']);
      assert.equal(second.metadata.resourceVersion, first.metadata.resourceVersion);
      const third = (await get(`${widgets}?limit=2&continue=${second.metadata.continue}`)).list();
      assert.deepEqual(names(third.items), ['e']);
      assert.equal(third.metadata.continue, undefined);
      await server.call('DELETE', `${widgets}/bb`);
    });

    it('the token is Kubernetes’: base64url of v, rv and start', async () => {
      const { metadata } = (await get(`${widgets}?limit=1`)).list();
      const token = JSON.parse(Buffer.from(metadata.continue ?? '', 'base64url').toString());
      assert.deepEqual(token, {
        v: 'meta.k8s.io/v1',
        rv: Number(metadata.resourceVersion),
        start: 'shop/a\u0000',
      });
    });

    it('400 for a token that is none, or that leaves its resource', async () => {
      assert.match(
        (await get(`${widgets}?limit=1&continue=%%%`)).status().message ?? '',
        /^invalid continue token: continue key is not valid: /,
      );
      for (const start of ['../../secrets/a', 'a//b', '', 'a/b/c']) {
        const token = Buffer.from(JSON.stringify({ v: 'meta.k8s.io/v1', rv: 1, start })).toString(
          'base64url',
        );
        assert.equal((await get(`${widgets}?limit=1&continue=${token}`)).code, 400, start);
      }
    });

    it('selects before it pages: pages are full, and nothing is counted', async () => {
      const first = (await get(`${widgets}?limit=2&labelSelector=color%3Dred`)).list();
      assert.deepEqual(names(first.items), ['a', 'c']);
      assert.equal(first.metadata.remainingItemCount, undefined);
      const second = (
        await get(`${widgets}?limit=2&labelSelector=color%3Dred&continue=${first.metadata.continue}`)
      ).list();
      assert.deepEqual(names(second.items), ['e']);
      assert.equal(second.metadata.continue, undefined);
      const exact = (await get(`${widgets}?limit=3&labelSelector=color%3Dred`)).list();
      assert.equal(exact.metadata.continue, undefined);
    });

    it('field selectors: name, namespace and the kind’s own; 400 for others', async () => {
      assert.deepEqual(names((await get(`${widgets}?fieldSelector=metadata.name%3Db`)).list().items), ['b']);
      assert.deepEqual(names((await get(`${widgets}?fieldSelector=spec.color%3Dblue`)).list().items), [
        'b',
        'd',
      ]);
      assert.deepEqual(names((await get(`${widgets}?fieldSelector=spec.color!%3Dblue`)).list().items), [
        'a',
        'c',
        'e',
      ]);
      assert.equal((await get(`${allWidgets}?fieldSelector=metadata.name%3Da`)).list().items.length, 2);
      assert.equal(
        (await get(`${allWidgets}?fieldSelector=metadata.namespace%3Dshop-2`)).list().items.length,
        1,
      );
      const unknown = await get(`${widgets}?fieldSelector=spec.x%3D1`);
      assert.equal(unknown.code, 400);
      assert.equal(
        unknown.status().message,
        '"spec.x" is not a known field selector: only "metadata.name", "metadata.namespace", "spec.color"',
      );
      assert.equal((await get(`${widgets}?labelSelector=a%3D%3D%3Db`)).code, 400);
    });

    it('the matrix: Exact is exactly that version, 0 ignores the limit, NotOlderThan is at least that', async () => {
      const old = (await get(widgets)).list().metadata.resourceVersion;
      await server.call('POST', widgets, { body: widget('late') });
      const exact = (await get(`${widgets}?resourceVersion=${old}&resourceVersionMatch=Exact`)).list();
      assert.equal(exact.metadata.resourceVersion, old);
      assert.equal(exact.items.length, 5);
      const legacy = (await get(`${widgets}?resourceVersion=${old}&limit=10`)).list();
      assert.equal(legacy.items.length, 5);
      const newer = (await get(`${widgets}?resourceVersion=${old}&resourceVersionMatch=NotOlderThan`)).list();
      assert.equal(newer.items.length, 6);
      const any = (await get(`${widgets}?resourceVersion=0&limit=1`)).list();
      assert.equal(any.items.length, 6);
      await server.call('DELETE', `${widgets}/late`);
    });

    it('422 for what does not go together, 400 for a version with continue or that is none', async () => {
      for (const [query, message] of [
        [
          'resourceVersionMatch=Exact',
          'resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden unless resourceVersion is provided',
        ],
        [
          'resourceVersion=0&resourceVersionMatch=Exact',
          'resourceVersionMatch: Forbidden: resourceVersionMatch "exact" is forbidden for resourceVersion "0"',
        ],
        [
          'resourceVersion=1&resourceVersionMatch=Nearly',
          'resourceVersionMatch: Unsupported value: "Nearly": supported values: "Exact", "NotOlderThan", ""',
        ],
        ['sendInitialEvents=true', 'sendInitialEvents: Forbidden: sendInitialEvents is forbidden for list'],
      ] as const) {
        const answer = await get(`${widgets}?${query}`);
        assert.equal(answer.code, 422, query);
        assert.equal(answer.status().message, `ListOptions.meta.k8s.io "" is invalid: ${message}`);
      }
      const { metadata } = (await get(`${widgets}?limit=1`)).list();
      const both = await get(`${widgets}?limit=1&resourceVersion=5&continue=${metadata.continue}`);
      assert.equal(both.code, 400);
      assert.equal(both.status().message, 'specifying resource version is not allowed when using continue');
      assert.match(
        (await get(`${widgets}?resourceVersion=abc`)).status().message ?? '',
        /^invalid resource version: /,
      );
      assert.equal((await get(`${widgets}?limit=abc`)).code, 400);
    });

    it('504 for an exact version from the future', async () => {
      const exact = get(`${widgets}?resourceVersion=999999&resourceVersionMatch=Exact`);
      const answer = await whileTimePasses(server.clock, exact);
      assert.equal(answer.code, 504);
    });

    it('cluster-scoped kinds', async () => {
      await server.call('POST', gadgets, { body: { metadata: { name: 'g' }, spec: {} } });
      assert.deepEqual(names((await get(gadgets)).list().items), ['g']);
      assert.deepEqual(names((await get(`${gadgets}?fieldSelector=metadata.name%3Dg`)).list().items), ['g']);
      assert.equal((await get(`${gadgets}/g`)).object().metadata.namespace, undefined);
    });

    it('sees every acknowledged write', async () => {
      for (let i = 0; i < 20; i += 1) {
        const { metadata } = (await server.call('POST', widgets, { body: widget(`own-${i}`) })).object();
        const list = (await get(`${widgets}?limit=100`)).list();
        assert.ok(names(list.items).includes(`own-${i}`));
        assert.ok(Number(list.metadata.resourceVersion) >= Number(metadata.resourceVersion));
        await server.call('DELETE', `${widgets}/own-${i}`);
        assert.ok(!names((await get(widgets)).list().items).includes(`own-${i}`));
      }
    });
  });

  describe('history that is gone', () => {
    it('410 Expired; a list that was being paged may go on inconsistently', async () => {
      const folder = temporaryFolder('history');
      const before = await startFixture({ folder });
      for (const name of ['a', 'b', 'c']) await before.call('POST', widgets, { body: widget(name) });
      const first = (await before.call('GET', `${widgets}?limit=1`)).list();
      await before.call('DELETE', `${widgets}/b`);
      await before.stop();
      const fresh = await startFixture({ folder, compacted: true });
      try {
        const exact = await fresh.call('GET', `${widgets}?resourceVersion=1&resourceVersionMatch=Exact`);
        assert.equal(exact.code, 410);
        assert.equal(exact.status().reason, 'Expired');
        assert.equal(exact.status().message, 'The resourceVersion for the provided list is too old.');
        const next = await fresh.call('GET', `${widgets}?limit=1&continue=${first.metadata.continue}`);
        assert.equal(next.code, 410);
        assert.match(next.status().message ?? '', /results in an inconsistent list/);
        const token = next.status().metadata.continue;
        const rest = (await fresh.call('GET', `${widgets}?limit=5&continue=${token}`)).list();
        assert.deepEqual(names(rest.items), ['c']);
      } finally {
        await fresh.stop();
        folder.remove();
      }
    });
  });
});
