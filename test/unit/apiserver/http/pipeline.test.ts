import assert from 'node:assert/strict';
import { pino } from 'pino';
import { type AuthenticationResult, absent, refused } from '../../../../apiserver/auth/authenticator.ts';
import type { ApiRequest, ApiResponse, Authorizer, Handler } from '../../../../apiserver/exchange.ts';
import { InFlight } from '../../../../apiserver/http/in-flight.ts';
import type { Incoming, Reply } from '../../../../apiserver/http/incoming.ts';
import { createPipeline, type PipelineOptions } from '../../../../apiserver/http/pipeline.ts';
import type { RequestMetrics } from '../../../../apiserver/metrics/request-metrics.ts';
import { createManualClock, type ManualClock } from '../../../../client/clock.ts';

const ok: ApiResponse = { code: 200, headers: { 'content-type': 'application/json' }, body: '{}' };
const authenticated = (...groups: string[]): AuthenticationResult => ({
  kind: 'authenticated',
  user: { name: 'joe', groups, extra: {} },
});
const allow: Authorizer = { authorize: async () => ({ allowed: true, reason: '' }) };

interface Seen {
  readonly ended: string[];
  longRunning: number;
}

function fixture(more: Partial<PipelineOptions> & { readonly user?: AuthenticationResult } = {}) {
  const clock = createManualClock();
  const seen: Seen = { ended: [], longRunning: 0 };
  const metrics: RequestMetrics = {
    ended: (info, _dryRun, code) => void seen.ended.push(`${info.verb} ${code}`),
    longRunning() {
      seen.longRunning++;
      return () => void seen.longRunning--;
    },
    inFlight() {},
    terminated() {},
    aborted() {},
    authenticated() {},
    authorized() {},
  };
  const serve = createPipeline({
    authenticator: { method: 'test', authenticate: async () => more.user ?? authenticated() },
    authorizer: allow,
    impersonation: async (caller) => caller,
    resources: async () => ok,
    paths: async () => ok,
    isIdentityHeader: (name) => name === 'authorization',
    inFlight: new InFlight(),
    metrics,
    log: pino({ level: 'silent' }),
    clock,
    newAuditId: () => 'new-id',
    stopping: new AbortController().signal,
    ...more,
  });
  return { clock, seen, serve };
}

function incoming(method: string, target: string, more: Partial<Incoming> = {}): Incoming {
  return {
    protocol: 'h2',
    method,
    target,
    rawHeaders: [],
    peer: undefined,
    remoteAddress: '127.0.0.1',
    disconnected: new AbortController().signal,
    readBody: async () => new Uint8Array(),
    ...more,
  };
}

async function ask(serve: ReturnType<typeof createPipeline>, request: Incoming): Promise<Reply> {
  const replies: Reply[] = [];
  await serve(request, async (reply) => {
    replies.push(reply);
    return 0;
  });
  assert.equal(replies.length, 1, 'every request is answered once');
  const [reply] = replies;
  if (reply === undefined) throw new Error('no reply');
  return reply;
}

const statusOf = ({ response }: Reply) => JSON.parse('body' in response ? String(response.body) : '{}');
const things = '/apis/g.io/v1/namespaces/a/things';

/** A handler that waits until it is told. */
function gate(): { readonly handler: Handler; readonly entered: Promise<ApiRequest>; open(): void } {
  const entered = Promise.withResolvers<ApiRequest>();
  const opened = Promise.withResolvers<ApiResponse>();
  return {
    handler(request) {
      entered.resolve(request);
      return opened.promise;
    },
    entered: entered.promise,
    open: () => opened.resolve(ok),
  };
}

async function passTime(clock: ManualClock, milliseconds: number): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
  clock.advance(milliseconds);
}

describe('pipeline', () => {
  it('gives handlers a request without identity headers and its audit id to the answer', async () => {
    let request: ApiRequest | undefined;
    const { serve, seen } = fixture({
      resources: async (each) => {
        request = each;
        each.warnings.push('careful');
        return ok;
      },
    });
    const rawHeaders = ['Audit-ID', 'front', 'Authorization', 'Bearer x', 'Accept', 'a', 'Accept', 'b'];
    const reply = await ask(serve, incoming('GET', `${things}?limit=5`, { rawHeaders }));
    assert.deepEqual({ ...request?.headers }, { 'audit-id': 'front', accept: 'a, b' });
    assert.equal(request?.query.get('limit'), '5');
    assert.equal(request?.path, things);
    assert.equal(reply.response.headers['audit-id'], 'front');
    assert.equal(reply.response.headers['cache-control'], 'no-cache, private');
    assert.deepEqual(reply.warnings, ['299 - "careful"']);
    assert.deepEqual(seen.ended, ['list 200']);
  });

  it('answers 401 to the refused and to the absent, and lets go of their h2 connection', async () => {
    for (const user of [refused('no'), absent]) {
      const reply = await ask(fixture({ user }).serve, incoming('GET', things));
      assert.equal(reply.response.code, 401);
      assert.equal(reply.closeConnection, true);
      assert.equal(reply.response.headers['audit-id'], 'new-id');
    }
  });

  it('answers 500, never lets pass, when authorization fails', async () => {
    let reached = false;
    const { serve } = fixture({
      authorizer: { authorize: () => Promise.reject(new Error('SubjectAccessReview: connection refused')) },
      resources: async () => {
        reached = true;
        return ok;
      },
    });
    const reply = await ask(serve, incoming('GET', things));
    assert.equal(reply.response.code, 500);
    assert.equal(statusOf(reply).reason, 'InternalError');
    assert.equal(reached, false);
  });

  it('answers 504 when the deadline passes, tells the handler, and counts once', async () => {
    const waiting = gate();
    const { serve, clock, seen } = fixture({ resources: waiting.handler });
    const answer = ask(serve, incoming('POST', things));
    const request = await waiting.entered;
    await passTime(clock, 33_999);
    assert.equal(request.signal.aborted, false);
    await passTime(clock, 1);
    const reply = await answer;
    assert.equal(reply.response.code, 504);
    assert.equal(
      statusOf(reply).message,
      'Timeout: request did not complete within requested timeout - context deadline exceeded',
    );
    assert.equal(request.signal.aborted, true);
    waiting.open();
    await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual(seen.ended, ['create 504']);
    assert.equal(clock.pending, 0);
  });

  it('answers 429 beyond the limit, except for masters and watches', async () => {
    const waiting = gate();
    const inFlight = new InFlight({ reading: 1, changing: 1 });
    const first = fixture({ resources: waiting.handler, inFlight });
    const answer = ask(first.serve, incoming('GET', things));
    await waiting.entered;
    const full = await ask(fixture({ inFlight }).serve, incoming('GET', things));
    assert.equal(full.response.code, 429);
    assert.equal(full.response.headers['retry-after'], '1');
    assert.match(String(full.response.headers['content-type']), /^text\/plain/);
    const master = fixture({ inFlight, user: authenticated('system:masters') });
    assert.equal((await ask(master.serve, incoming('GET', things))).response.code, 200);
    assert.equal(
      (await ask(fixture({ inFlight }).serve, incoming('GET', `${things}?watch=1`))).response.code,
      200,
    );
    waiting.open();
    await answer;
    assert.equal((await ask(fixture({ inFlight }).serve, incoming('GET', things))).response.code, 200);
  });

  it('ends a watch, and no other request, when the server stops; refuses new ones with 503', async () => {
    const stopping = new AbortController();
    const watch = gate();
    const list = gate();
    const watching = fixture({ resources: watch.handler, stopping: stopping.signal });
    const listing = fixture({ resources: list.handler, stopping: stopping.signal });
    const answers = [
      ask(watching.serve, incoming('GET', `${things}?watch=1`)),
      ask(listing.serve, incoming('GET', things)),
    ];
    const [watchRequest, listRequest] = await Promise.all([watch.entered, list.entered]);
    assert.equal(watching.seen.longRunning, 1);
    stopping.abort();
    assert.equal(watchRequest.signal.aborted, true);
    assert.equal(listRequest.signal.aborted, false);
    const late = await ask(listing.serve, incoming('GET', things));
    assert.equal(late.response.code, 503);
    assert.equal(late.response.headers['retry-after'], '1');
    assert.equal(statusOf(late).message, 'apiserver is shutting down');
    watch.open();
    list.open();
    await Promise.all(answers);
    assert.equal(watching.seen.longRunning, 0);
  });

  it('answers 400 for what cannot be parsed', async () => {
    assert.equal((await ask(fixture().serve, incoming('GET', '/apis/%zz'))).response.code, 400);
  });

  it('hides what it did not foresee behind the audit id', async () => {
    const { serve } = fixture({ resources: () => Promise.reject(new Error('secret')) });
    const reply = await ask(serve, incoming('GET', things));
    assert.equal(reply.response.code, 500);
    assert.match(statusOf(reply).message, /audit ID new-id$/);
  });
});
