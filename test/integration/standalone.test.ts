/** Standalone mode as a user meets it: the banner, the example shop, kubectl, and what survives which end. */
import assert from 'node:assert/strict';
import type { ConfigMap } from '../../api/core/types.ts';
import type { KubeObject, ObjectMeta } from '../../api/meta/types.ts';
import { createClient } from '../../client/client.ts';
import { loadConnection } from '../../client/kubeconfig.ts';
import { configMaps } from '../../client/resources.ts';
import type { ResourceClient } from '../../client/types.ts';
import { requireBinary } from '../../hack/envtest/binaries.ts';
import { startProcess } from '../support/processes.ts';
import { requires } from '../support/requirements.ts';
import { type StandaloneProcess, startStandalone } from '../support/standalone.ts';
import { type TemporaryFolder, temporaryFolder } from '../support/temporary-folder.ts';
import { waitFor } from '../support/wait.ts';

const START_MILLISECONDS = 60_000;
const CREATES_BEFORE_KILL = 50;

/** As the example's manifest has it, so that applying that again finds nothing to change. */
const readyCondition = (ready: boolean): object => ({
  type: 'Ready',
  status: ready ? 'True' : 'False',
  lastTransitionTime: '2026-01-01T00:00:00Z',
});

describe('standalone', () => {
  let folder: TemporaryFolder;
  let standalone: StandaloneProcess;

  /** A signal that is late, or was sent before, does no harm. */
  const restart = async (signal: NodeJS.Signals, ...flags: string[]): Promise<void> => {
    standalone.process.signal(signal);
    const { code } = await standalone.process.exited;
    if (signal === 'SIGTERM') assert.equal(code, 0, standalone.process.logTail());
    standalone = await startStandalone(folder.join('data'), ...flags);
  };

  before(async function () {
    this.timeout(START_MILLISECONDS);
    folder = temporaryFolder('standalone');
    standalone = await startStandalone(folder.join('data'));
  });
  after(async function () {
    this.timeout(START_MILLISECONDS);
    await standalone?.process.stop();
    folder.remove();
  });

  it('says where its kubeconfig is and what to type', () => {
    const { banner, kubeconfig } = standalone;
    assert.match(banner, /^Services v3 is running at https:\/\/127\.0\.0\.1:\d+$/m);
    assert.ok(banner.includes(`kubeconfig: ${kubeconfig}\n`), banner);
    const kubectl = `  kubectl --kubeconfig ${kubeconfig} `;
    assert.deepEqual(
      banner.split('\n').flatMap((line) => (line.startsWith(kubectl) ? [line.slice(kubectl.length)] : [])),
      [
        'apply -f examples/',
        'get sg,sp,ept,eps,tp,sm -A',
        'get eps -n shop --field-selector spec.client.nodeName=node-a -o wide',
      ],
    );
  });

  describe('with the example shop', () => {
    requires('kubectl');

    /** `<kind>/<name>` of everything the shop has of ours. */
    const shown = async (): Promise<string[]> =>
      (await standalone.output('get', 'sg,sp,ept,eps,tp,sm', '-A', '-o', 'name'))
        .trim()
        .split('\n')
        .map((line) => line.replace('.services.x-k8s.io', ''));
    const expected = [
      ...['cart', 'db', 'web'].map((name) => `servicegroup/${name}`),
      'serviceport/cart.grpc',
      'serviceport/db.sql',
      ...['http', 'metrics'].flatMap((port) =>
        ['', '.lb', '.nodeport'].map((suffix) => `serviceport/web.${port}${suffix}`),
      ),
      ...['cart-0', 'cart-1', 'cart-2', 'db-0', 'db-1', 'web-0', 'web-1', 'web-2', 'web-3'].map(
        (name) => `endpoint/${name}`,
      ),
      ...['cart', 'db', 'web'].map((name) => `endpointsubset/${name}.any`),
      'topologypolicy/cart',
      ...['cart', 'db', 'web'].map((name) => `servicemirror/${name}`),
    ];
    const wholeShop = () =>
      waitFor('the whole shop', async () => {
        const names = await shown();
        const phases = await standalone.output('get', 'sm', '-A', '-o', 'jsonpath={.items[*].status.phase}');
        return names.length === expected.length && phases === 'Synced Synced Synced' ? names : undefined;
      });

    before(async function () {
      this.timeout(START_MILLISECONDS);
      const first = await standalone.output('apply', '-f', 'examples/');
      assert.equal(first.trim().split('\n').length, 16);
    });

    it('shows it in every kind', async function () {
      this.timeout(START_MILLISECONDS);
      assert.deepEqual(await wholeShop(), expected);
    });

    it('changes nothing when applied again', async () => {
      const again = await standalone.output('apply', '-f', 'examples/');
      assert.deepEqual(
        again
          .trim()
          .split('\n')
          .filter((line) => !line.endsWith(' unchanged')),
        [],
      );
    });

    it('answers what a client on one node may use', async () => {
      const selector = ['--field-selector', 'spec.client.nodeName=node-a'];
      const names = await standalone.output('get', 'eps', '-n', 'shop', ...selector, '-o', 'name');
      assert.deepEqual(
        names.trim().split('\n'),
        ['cart', 'db', 'web'].map((name) => `endpointsubset.services.x-k8s.io/${name}.node.node-a`),
      );
    });

    it('watches', async function () {
      this.timeout(START_MILLISECONDS);
      const watching = await startProcess({
        command: requireBinary('kubectl'),
        args: ['get', 'eps', '-n', 'shop', '--watch-only', '--field-selector=metadata.name=web.any'],
        env: { KUBECONFIG: standalone.kubeconfig, KUBECACHEDIR: folder.join('cache'), KUBERC: 'off' },
        logFile: folder.join('watch.log'),
      });
      try {
        // Nothing tells when the watch has begun, so the pod turns until a change is seen.
        let ready = false;
        await waitFor('a change of web.any', async () => {
          await setReady('web-3', ready);
          ready = !ready;
          return watching.logTail().includes('web.any');
        });
      } finally {
        await watching.stop();
        await setReady('web-3', true);
      }
    });

    it('keeps everything over a restart', async function () {
      this.timeout(START_MILLISECONDS);
      await wholeShop();
      const before = await identities();
      await restart('SIGTERM');
      assert.equal(standalone.process.isRunning(), true);
      const after = await identities();
      assert.deepEqual([...after.keys()], [...before.keys()]);
      for (const [name, { uid, resourceVersion }] of before) {
        const now = after.get(name);
        assert.equal(now?.uid, uid, name);
        assert.ok(Number(now?.resourceVersion) >= Number(resourceVersion), name);
      }
      assert.match(await standalone.output('apply', '-f', 'examples/'), /^(.* unchanged\n)+$/);
    });

    it('empties a namespace that is deleted', async function () {
      this.timeout(START_MILLISECONDS);
      await standalone.output('delete', 'namespace', 'shop');
      for (const kinds of ['sg,sp,ept,eps,tp,sm', 'services,pods,events,configmaps']) {
        assert.equal(await standalone.output('get', kinds, '-n', 'shop', '-o', 'name'), '', kinds);
      }
      assert.doesNotMatch(await standalone.output('get', 'namespaces', '-o', 'name'), /shop/);
    });
  });

  describe('with kubectl commands that send protobuf', () => {
    requires('kubectl');

    it('creates what the stand-in has', async () => {
      await standalone.output('create', 'namespace', 'typed');
      const create = (...args: string[]) => standalone.output('create', '-n', 'typed', ...args);
      await create('service', 'nodeport', 'np', '--tcp=80:http', '--node-port=30123');
      await create('service', 'clusterip', 'headless', '--clusterip=None');
      await create('service', 'externalname', 'ext', '--external-name=db.example.com');
      await create('configmap', 'settings', '--from-literal=a=b');
      const shown = await standalone.output('get', 'all,configmaps', '-n', 'typed', '--no-headers');
      assert.match(shown, /^service\/np +NodePort +10\.\S+ +<none> +80:30123\/TCP /m);
      assert.match(shown, /^service\/headless +ClusterIP +None /m);
      assert.match(shown, /^service\/ext +ExternalName +<none> +db\.example\.com /m);
      assert.match(shown, /^configmap\/settings +1 /m);
    });

    it('answers what the caller may do, and who that is', async () => {
      const canI = async (...args: string[]): Promise<string> =>
        (await standalone.kubectl(['auth', 'can-i', ...args])).stdout.trim();
      assert.equal(await canI('create', 'sg', '-n', 'default'), 'yes');
      assert.equal(await canI('get', '/metrics'), 'yes');
      const joe = ['--as=joe', '--as-group=system:authenticated'];
      assert.equal(await canI('create', 'sg', '-n', 'default', ...joe), 'no');
      assert.equal(await canI('get', '/metrics', ...joe), 'no');
      assert.equal(await canI('get', '/version', ...joe), 'yes');
      assert.match(await standalone.output('auth', 'whoami', ...joe), /^Username +joe$/m);
    });

    it('refuses a question about nothing', async () => {
      const { code, stderr } = await standalone.kubectl(['create', '-f', '-'], {
        stdin: '{"apiVersion":"authorization.k8s.io/v1","kind":"SelfSubjectAccessReview","spec":{}}',
      });
      assert.equal(code, 1);
      assert.match(stderr, /exactly one of nonResourceAttributes or resourceAttributes must be specified/);
    });
  });

  describe('with a manifest that is wrong', () => {
    requires('kubectl');

    it('says that there is no such kind', async () => {
      const manifest = typo('services.x-k8s.io/v3alpha1', 'ServiceGroop', {});
      for (const verb of [['create'], ['apply'], ['apply', '--server-side'], ['delete']]) {
        const { code, stderr } = await standalone.kubectl([...verb, '-f', '-'], { stdin: manifest });
        assert.equal(code, 1);
        assert.match(stderr, /no matches for kind "ServiceGroop" in version "services\.x-k8s\.io\/v3alpha1"/);
      }
    });

    const typo = (apiVersion: string, kind: string, spec: object): string =>
      JSON.stringify({ apiVersion, kind, metadata: { name: 'typo', namespace: 'default' }, spec });

    it('names the field that is not one, for our kinds and the stand-in’s', async () => {
      for (const [apiVersion, kind, field] of [
        ['services.x-k8s.io/v3alpha1', 'ServicePort', 'prot'],
        ['v1', 'Service', 'prots'],
      ] as const) {
        const stdin = typo(apiVersion, kind, { [field]: 80 });
        for (const verb of ['create', 'apply']) {
          const { code, stderr } = await standalone.kubectl([verb, '-f', '-'], { stdin });
          assert.equal(code, 1);
          assert.match(
            stderr.trim(),
            new RegExp(
              `^Error from server \\(BadRequest\\): .*: ${kind} in version "\\w+" cannot be handled as a ${kind}: strict decoding error: unknown field "spec\\.${field}"$`,
            ),
          );
        }
      }
    });
  });

  it('kill -9 at any moment loses nothing that was acknowledged', async function () {
    this.timeout(2 * START_MILLISECONDS);
    const acknowledged = new Map<string, string>();
    for (let round = 0; round < 2; round++) {
      await withConfigMaps(async (resource) => {
        const killed = standalone.process.exited;
        for (let i = 0; standalone.process.isRunning(); i++) {
          const name = `round-${round}-${i}`;
          const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'default' } };
          try {
            const { metadata } = await resource.create(object);
            acknowledged.set(name, metadata.resourceVersion ?? '');
          } catch {
            // Cut off by the kill: perhaps stored, never promised.
            await killed;
          }
          // Not waited for: the next creates are on their way when it strikes.
          if (i === CREATES_BEFORE_KILL) standalone.process.signal('SIGKILL');
        }
      });
      await restart('SIGKILL');
    }
    assert.ok(acknowledged.size > 2 * CREATES_BEFORE_KILL);
    await withConfigMaps(async (resource) => {
      const { items, metadata } = await resource.list({ namespace: 'default' });
      const stored = new Map(items.map((o) => [o.metadata.name ?? '', o.metadata.resourceVersion ?? '']));
      for (const [name, version] of acknowledged) assert.equal(stored.get(name), version, name);
      const last = Math.max(...[...acknowledged.values()].map(Number));
      assert.ok(Number(metadata.resourceVersion) >= last, 'the collection went back');
    });
  });

  it('begins anew with --reset', async function () {
    this.timeout(START_MILLISECONDS);
    await withConfigMaps((resource) =>
      resource.create({
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { name: 'of-the-past', namespace: 'default' },
      }),
    );
    await restart('SIGTERM', '--reset');
    const left = await withConfigMaps((resource) => resource.list({ namespace: 'default' }));
    assert.deepEqual(left.items, []);
  });

  const withConfigMaps = async <R>(work: (resource: ResourceClient<ConfigMap>) => Promise<R>): Promise<R> => {
    const client = createClient(loadConnection({ path: standalone.kubeconfig }));
    try {
      return await work(client.resource<ConfigMap>(configMaps));
    } finally {
      await client.close();
    }
  };

  const setReady = (pod: string, ready: boolean): Promise<string> =>
    standalone.output(
      ...['patch', 'pod', pod, '-n', 'shop', '--subresource=status', '--type=merge', '-p'],
      JSON.stringify({ status: { conditions: [readyCondition(ready)] } }),
    );

  /** Of everything stored, by `<kind>/<namespace>/<name>`. */
  const identities = async (): Promise<Map<string, ObjectMeta>> => {
    const kinds = 'sg,sp,ept,tp,sm,services,pods,namespaces,nodes,nodetopologies';
    const list = JSON.parse(await standalone.output('get', kinds, '-A', '-o', 'json')) as {
      items: KubeObject[];
    };
    return new Map(
      list.items.map(({ kind, metadata }) => [
        `${kind}/${metadata.namespace ?? ''}/${metadata.name}`,
        metadata,
      ]),
    );
  };
});
