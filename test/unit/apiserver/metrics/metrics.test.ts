import assert from 'node:assert/strict';
import { Registry } from 'prom-client';
import { createRequestMetrics } from '../../../../apiserver/metrics/request-metrics.ts';
import { createWatchMetrics } from '../../../../apiserver/metrics/watch-metrics.ts';
import { parseRequestInfo } from '../../../../apiserver/request-info.ts';
import { startFixture, widget, widgets } from '../handlers/fixture.ts';

const infoOf = (method: string, path: string) =>
  parseRequestInfo({ method, path, query: new URLSearchParams() });

describe('metrics under the names of k8s.io/apiserver', () => {
  it('count requests with their labels; names that nobody serves reach no label', async () => {
    const registry = new Registry();
    const metrics = createRequestMetrics({ registry, served: (info) => info.resource === 'widgets' });
    metrics.ended(infoOf('GET', `${widgets}/a`), '', 200, 0.03, 700);
    metrics.ended(infoOf('POST', widgets), 'All', 201, 0.3, 700);
    metrics.ended(infoOf('GET', '/apis/example.com/v1/anything'), '', 404, 0.001, 19);
    const text = await registry.metrics();
    const common = 'group="example.com",version="v1",resource="widgets",subresource=""';
    assert.ok(
      text.includes(
        `apiserver_request_total{verb="GET",${common},scope="resource",component="apiserver",dry_run="",code="200"} 1`,
      ),
      text,
    );
    assert.ok(
      text.includes(
        `verb="POST",${common},scope="namespace",component="apiserver",dry_run="All",code="201"} 1`,
      ),
    );
    assert.ok(!text.includes('anything'));
    const sli = (verb: string) =>
      new RegExp(`^apiserver_request_sli_duration_seconds_count\\{verb="${verb}"`, 'm').test(text);
    assert.deepEqual([sli('GET'), sli('POST')], [true, false], 'a dry run is no service level');
  });

  it('count watch events, and how long the initial ones took', async () => {
    const registry = new Registry();
    const server = await startFixture({ watchMetrics: createWatchMetrics(registry) });
    try {
      await server.call('POST', widgets, { body: widget('a') });
      const stream = await server.stream(`${widgets}?watch=true&allowWatchBookmarks=true`);
      assert.equal((await stream.next())?.type, 'ADDED');
      assert.equal((await stream.next())?.type, 'BOOKMARK');
      const next = stream.next();
      await server.call('POST', widgets, { body: widget('b') });
      await next;
      stream.leave();
      const text = await registry.metrics();
      const labels = 'group="example.com",version="v1",resource="widgets"';
      assert.match(text, new RegExp(`^apiserver_watch_events_total\\{${labels}\\} 3$`, 'm'));
      assert.ok(
        text.includes(`apiserver_watch_list_duration_seconds_count{${labels},scope="namespace"} 1`),
        text,
      );
    } finally {
      await server.stop();
    }
  });
});
