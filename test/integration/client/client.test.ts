/** The client against real sockets: both HTTP versions, TLS, a server's refusals, and cuts at any moment. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import http2, { type Http2ServerRequest, type Http2ServerResponse } from 'node:http2';
import https from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { ApiError, notFound } from '../../../api/meta/api-error.ts';
import type { KubeObject } from '../../../api/meta/types.ts';
import { createClient } from '../../../client/client.ts';
import { createManualClock } from '../../../client/clock.ts';
import { staticConnection } from '../../../client/connection.ts';
import { ClientError } from '../../../client/errors.ts';
import { loadConnection } from '../../../client/kubeconfig.ts';
import { pods } from '../../../client/resources.ts';
import type { ApiClient } from '../../../client/types.ts';
import { type Authority, createAuthority } from '../../support/certificates.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

type Request = IncomingMessage | Http2ServerRequest;
type Response = ServerResponse | Http2ServerResponse;
type Handler = (request: Request, response: Response) => void;

const json = (
  response: Response,
  code: number,
  body: unknown,
  headers: Record<string, string> = {},
): void => {
  const answer = response as ServerResponse;
  answer.writeHead(code, { 'content-type': 'application/json', ...headers });
  answer.end(JSON.stringify(body));
};
const pod = (name: string, version = '1'): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace: 'n', resourceVersion: version },
});
const line = (type: string, object: KubeObject): string => `${JSON.stringify({ type, object })}\n`;

for (const version of ['h2', 'http/1.1'] as const) {
  describe(`client over ${version}`, () => {
    let authority: Authority;
    let server: https.Server | http2.Http2SecureServer;
    let client: ApiClient;
    let url: string;
    let handle: Handler;
    const seen: string[] = [];
    const sockets = new Set<Socket>();
    const clock = createManualClock();

    before(async () => {
      authority = await createAuthority('ca');
      const { cert, key } = await authority.issueServer(['127.0.0.1']);
      const listener = (request: Request, response: Response): void => {
        seen.push(`${request.httpVersion} ${request.method} ${request.url}`);
        handle(request, response);
      };
      server =
        version === 'h2'
          ? http2.createSecureServer({ cert, key }, listener)
          : https.createServer({ cert, key }, listener);
      server.on('connection', (socket: Socket) => sockets.add(socket));
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
    });
    beforeEach(() => {
      seen.length = 0;
      client = createClient(staticConnection({ server: url, tls: { ca: authority.cert } }), { clock });
    });
    afterEach(() => client.close());
    after((done) => {
      server.close(() => done());
    });

    it('speaks it, and says verbs as Kubernetes does', async () => {
      handle = (_, response) => json(response, 200, pod('a'));
      await client.resource(pods).get('n', 'a');
      await client.resource(pods).create(pod('a'), { dryRun: true });
      await client.resource(pods).updateStatus(pod('a'));
      await client.resource(pods).delete('n', 'a', { preconditions: { uid: 'u' } });
      const expected = version === 'h2' ? '2.0' : '1.1';
      assert.deepEqual(seen, [
        `${expected} GET /api/v1/namespaces/n/pods/a`,
        `${expected} POST /api/v1/namespaces/n/pods?dryRun=All`,
        `${expected} PUT /api/v1/namespaces/n/pods/a/status`,
        `${expected} DELETE /api/v1/namespaces/n/pods/a`,
      ]);
    });

    it('fills kind and apiVersion into the items of a list', async () => {
      const items = [{ metadata: { name: 'a' } }];
      handle = (_, response) =>
        json(response, 200, { kind: 'PodList', apiVersion: 'v1', metadata: {}, items });
      const list = await client.resource(pods).list({ limit: 500, labelSelector: 'a in (b,c)' });
      assert.deepEqual([list.items[0]?.kind, list.items[0]?.apiVersion], ['Pod', 'v1']);
      assert.match(seen[0] ?? '', /labelSelector=a\+in\+%28b%2Cc%29&limit=500$/);
    });

    it('throws the Status of a refusal, and a plain text one by its code', async () => {
      handle = (_, response) => {
        json(response, 404, notFound({ group: '', resource: 'pods', kind: 'Pod' }, 'a').status);
      };
      await assert.rejects(client.resource(pods).get('n', 'a'), (e) => {
        assert.ok(e instanceof ApiError);
        assert.deepEqual([e.reason, e.code, e.message], ['NotFound', 404, 'pods "a" not found']);
        return true;
      });
      handle = (_, response) => {
        (response as ServerResponse).writeHead(503, { 'content-type': 'text/plain' });
        (response as ServerResponse).end('error trying to reach service');
      };
      await assert.rejects(
        client.resource(pods).get('n', 'a'),
        (e) => e instanceof ApiError && e.reason === 'ServiceUnavailable',
      );
      assert.equal(seen.length, 2, 'neither is sent again');
    });

    it('waits as long as Retry-After says, then sends again', async () => {
      let refusals = 2;
      handle = (_, response) => {
        if (refusals-- > 0) json(response, 429, {}, { 'retry-after': '3' });
        else json(response, 200, pod('a'));
      };
      const answer = client.resource(pods).create(pod('a'));
      for (let i = 0; i < 2; i++) {
        while (seen.length <= i || clock.pending < 2) await new Promise((r) => setTimeout(r, 5));
        clock.advance(3_000);
      }
      assert.equal((await answer).metadata.name, 'a');
      assert.equal(seen.length, 3);
    });

    it('does not repeat a write that may have been done', async () => {
      handle = (_, response) => json(response, 504, {}, { 'retry-after': '1' });
      await assert.rejects(client.resource(pods).create(pod('a')), ApiError);
      assert.equal(seen.length, 1);
    });

    it('streams a watch across chunk borders and ends it with the signal', async () => {
      const bytes = Buffer.from(line('ADDED', pod('é-1')) + line('MODIFIED', pod('é-1', '2')));
      handle = async (_, response) => {
        const answer = response as ServerResponse;
        answer.writeHead(200, { 'content-type': 'application/json' });
        for (const byte of bytes) answer.write(Buffer.from([byte]));
      };
      const stop = new AbortController();
      const heard: string[] = [];
      for await (const event of client.resource(pods).watch({ signal: stop.signal })) {
        heard.push(`${event.type} ${event.object.metadata.name}@${event.object.metadata.resourceVersion}`);
        if (heard.length === 2) stop.abort();
      }
      assert.deepEqual(heard, ['ADDED é-1@1', 'MODIFIED é-1@2']);
    });

    it('tells a cut watch from one that ended', async () => {
      const consume = async (): Promise<number> => {
        let count = 0;
        for await (const _ of client.resource(pods).watch({ signal: new AbortController().signal }))
          count += 1;
        return count;
      };
      handle = (_, response) => {
        (response as ServerResponse).end(line('ADDED', pod('a')));
      };
      assert.equal(await consume(), 1);
      handle = (_, response) => {
        (response as ServerResponse).write(line('ADDED', pod('a')));
        setTimeout(() => {
          for (const socket of sockets) socket.destroy();
        }, 20);
      };
      await assert.rejects(consume(), (e) => e instanceof ClientError && e.code === 'Unreachable');
      handle = (_, response) => json(response, 200, pod('a'));
      await client.resource(pods).get('n', 'a'); // and connects anew
    });

    it('gives up an answer that does not come', async () => {
      handle = () => undefined;
      const answer = client.resource(pods).get('n', 'a');
      answer.catch(() => undefined);
      while (seen.length === 0) await new Promise((r) => setTimeout(r, 5));
      clock.advance(70_000);
      await assert.rejects(answer, (e) => e instanceof ClientError && e.code === 'Timeout');
    });

    it('says in one line what is wrong with the connection', async () => {
      const folder = temporaryFolder('client');
      try {
        const other = await createAuthority('another');
        const file = folder.join('kubeconfig');
        const write = (cluster: object): string => {
          writeFileSync(
            file,
            JSON.stringify({
              'current-context': 'c',
              contexts: [{ name: 'c', context: { cluster: 'k', user: 'u' } }],
              clusters: [{ name: 'k', cluster }],
              users: [{ name: 'u', user: { token: 't' } }],
            }),
          );
          return file;
        };
        const data = (text: string): string => Buffer.from(text).toString('base64');
        const cases: readonly (readonly [object, RegExp])[] = [
          [
            { server: url, 'certificate-authority-data': data(other.cert) },
            /cannot trust .*certificate-authority/,
          ],
          [
            { server: url, 'certificate-authority-data': data('nonsense') },
            /certificate-authority is not valid PEM/,
          ],
          [{ server: url, 'certificate-authority': 'missing.pem' }, /missing\.pem: no such file/],
          [{ server: 'https://127.0.0.1:1' }, /cannot reach https:\/\/127\.0\.0\.1:1: connection refused/],
          [{ server: 'not a url' }, /is not a URL/],
        ];
        for (const [cluster, message] of cases) {
          const attempt = async (): Promise<void> => {
            const made = createClient(loadConnection({ path: write(cluster) }));
            try {
              await made.request('GET', '/version');
            } finally {
              await made.close();
            }
          };
          await assert.rejects(attempt, (e) => {
            assert.ok(e instanceof ClientError, String(e));
            assert.match(e.message, message);
            assert.ok(!e.message.includes('\n'));
            return true;
          });
        }
        assert.throws(
          () => loadConnection({ path: write({ server: url }), context: 'x' }),
          /has no context "x" \(it has: c\)/,
        );
        assert.throws(() => loadConnection({ path: folder.join('absent') }), /no such file/);
      } finally {
        folder.remove();
      }
    });
  });
}
