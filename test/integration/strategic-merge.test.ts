/** Strategic merge patch as kubectl and the garbage collector use it. */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import type { ControlPlane } from '../support/control-plane.ts';
import { type Installation, install } from '../support/installation.ts';
import { kubectl } from '../support/kubectl.ts';
import { requires } from '../support/requirements.ts';
import { sharedControlPlane } from '../support/shared-control-plane.ts';
import { type StandaloneProcess, startStandalone } from '../support/standalone.ts';
import { type TemporaryFolder, temporaryFolder } from '../support/temporary-folder.ts';

/** Longer than mocha's limit: certificates, stores and controllers come up first. */
const START_MILLISECONDS = 60_000;

const group = (gates: readonly string[], spec: object = {}, metadata: object = {}): string =>
  JSON.stringify({
    apiVersion: 'services.x-k8s.io/v3alpha1',
    kind: 'ServiceGroup',
    metadata: { name: 'web', ...metadata },
    spec: {
      selector: { matchLabels: { app: 'web' } },
      readinessGates: gates.map((gate) => ({ conditionType: `example.test/${gate}` })),
      ...spec,
    },
  });

describe('strategic merge patch through the aggregator', () => {
  requires('etcd', 'kube-apiserver', 'kube-controller-manager', 'kubectl');

  const namespace = 'strategic-merge';
  let plane: ControlPlane;
  let installation: Installation | undefined;

  const output = (...args: string[]): Promise<string> => plane.kubectlOutput(['-n', namespace, ...args]);
  const send = async (verb: string, manifest: string): Promise<string> => {
    const sent = await plane.kubectl(['-n', namespace, verb, '-f', '-'], { stdin: manifest });
    assert.equal(sent.code, 0, sent.stderr);
    // A warning here says that kubectl could not make the patch from our OpenAPI.
    assert.equal(sent.stderr, '');
    return sent.stdout.trim();
  };
  const gates = () => output('get', 'sg/web', '-o', 'jsonpath={.spec.readinessGates[*].conditionType}');

  before(async () => {
    plane = await sharedControlPlane();
    await plane.createNamespace(namespace);
    installation = await install(plane, { storage: 'embedded', controllers: false });
  });
  after(async () => {
    await installation?.stop();
  });

  it('apply adds, removes and prunes what it owns, and leaves what others added', async () => {
    await send('apply', group(['a', 'b'], { publish: 'All' }, { labels: { tier: 'front' } }));
    const others = { spec: { readinessGates: [{ conditionType: 'example.test/other' }] } };
    assert.match(await output('patch', 'sg', 'web', '-p', JSON.stringify(others)), / patched\n$/);
    assert.equal(await gates(), 'example.test/other example.test/a example.test/b');
    assert.match(await send('apply', group(['b', 'c'])), / configured$/);
    assert.equal(await gates(), 'example.test/other example.test/b example.test/c');
    assert.equal(
      await output('get', 'sg/web', '-o', 'jsonpath={.spec.publish},{.metadata.labels}'),
      'Ready,',
    );
    // kubectl sends the order of its own items each time that the list holds others; nothing is written for it.
    const version = () => output('get', 'sg/web', '-o', 'jsonpath={.metadata.resourceVersion}');
    const before = await version();
    await send('apply', group(['b', 'c']));
    assert.equal(await version(), before);
  });

  it('patch without --type deletes an item by its key, and says what is wrong with one that has none', async () => {
    const patch = (item: object) =>
      plane.kubectl([
        ...['-n', namespace, 'patch', 'sg', 'web', '-p'],
        JSON.stringify({ spec: { readinessGates: [item] } }),
      ]);
    assert.equal((await patch({ $patch: 'delete', conditionType: 'example.test/b' })).code, 0);
    assert.equal(await gates(), 'example.test/other example.test/c');
    assert.match(
      (await patch({ $patch: 'delete' })).stderr,
      /map: map\[\$patch:delete\] does not contain declared merge key: conditionType/,
    );
  });

  it('an Endpoint outlives a Pod that is deleted with --cascade=orphan, without the reference', async () => {
    const pod = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'owner' },
      spec: { containers: [{ name: 'main', image: 'example.test/x:1' }] },
    };
    await send('create', JSON.stringify(pod));
    const uid = await output('get', 'pod/owner', '-o', 'jsonpath={.metadata.uid}');
    const owner = { apiVersion: 'v1', kind: 'Pod', name: 'owner', uid };
    const endpoint = (name: string, of: object): string =>
      JSON.stringify({
        apiVersion: 'services.x-k8s.io/v3alpha1',
        kind: 'Endpoint',
        metadata: { name, ownerReferences: [of] },
        spec: { addresses: [{ ip: '192.0.2.1' }] },
      });
    await send('create', endpoint('kept', owner));
    // Only of kinds that it knows can the garbage collector orphan objects, and it learns new ones every 30 s:
    // once it has collected this one it knows Endpoints.
    await send(
      'create',
      endpoint('known', { ...owner, name: 'none', uid: '00000000-0000-4000-8000-000000000000' }),
    );
    await output('wait', 'ept/known', '--for=delete', '--timeout=150s');
    await output('delete', 'pod', 'owner', '--cascade=orphan', '--grace-period=0', '--force');
    await output('wait', 'pod/owner', '--for=delete', '--timeout=60s');
    assert.equal(await output('get', 'ept/kept', '-o', 'jsonpath={.metadata.ownerReferences}'), '');
  });
});

describe('strategic merge patch of stand-in kinds', () => {
  requires('kubectl');

  let folder: TemporaryFolder;
  let standalone: StandaloneProcess;

  before(async function () {
    this.timeout(START_MILLISECONDS);
    folder = temporaryFolder('strategic-merge');
    standalone = await startStandalone(folder.join('data'));
    await standalone.output('apply', '-f', 'examples/cluster.yaml', '-f', 'examples/pods.yaml');
  });
  after(async function () {
    this.timeout(START_MILLISECONDS);
    await standalone?.process.stop();
    folder.remove();
  });

  const field = (object: string, jsonPath: string) =>
    standalone.output('get', object, '-n', 'shop', '-o', `jsonpath=${jsonPath}`);

  const patch = (kind: string, name: string, body: object) =>
    standalone.output('patch', kind, name, '-n', 'shop', '-p', JSON.stringify(body));

  /** Applies one of the examples with some words replaced. */
  const apply = async (example: string, ...changes: [from: string, to: string][]): Promise<string[]> => {
    let manifest = readFileSync(`examples/${example}`, 'utf8');
    for (const [from, to] of changes) {
      assert.ok(manifest.includes(from), from);
      manifest = manifest.replace(from, to);
    }
    const { code, stdout, stderr } = await kubectl(['apply', '-f', '-'], {
      kubeconfig: standalone.kubeconfig,
      stdin: manifest,
    });
    assert.equal(code, 0, stderr);
    assert.equal(stderr, '');
    return stdout
      .trim()
      .split('\n')
      .filter((line) => !line.endsWith(' unchanged'));
  };

  it('a changed Service is applied: its ports by number', async () => {
    await apply('services.yaml');
    assert.equal((await apply('services.yaml')).length, 0);
    await patch('svc', 'web', { spec: { ports: [{ port: 8080, name: 'added' }] } });
    const changed = await apply(
      'services.yaml',
      ['name: metrics, port: 9090, targetPort: metrics', 'name: https, port: 443, targetPort: https'],
      ['port: 80, targetPort: http', 'port: 80, targetPort: 8000'],
      ['labels:', 'annotations:'],
    );
    assert.deepEqual(changed, ['service/web configured']);
    assert.equal(
      await field('svc/web', '{range .spec.ports[*]}{.name}:{.port}:{.targetPort} {end}{.metadata.labels}'),
      'added:8080:8080 http:80:8000 https:443:https ',
    );
  });

  it('edit, which makes a strategic patch of kinds that kubectl knows', async () => {
    const editor = folder.join('editor.sh');
    writeFileSync(editor, '#!/bin/sh\nsed -i "s/name: sql/name: renamed/" "$1"\n', { mode: 0o755 });
    const { code, stderr } = await kubectl(['edit', 'svc', 'db', '-n', 'shop'], {
      kubeconfig: standalone.kubeconfig,
      env: { KUBE_EDITOR: editor },
    });
    assert.equal(code, 0, stderr);
    assert.equal(await field('svc/db', '{.spec.ports[*].name}:{.spec.ports[*].port}'), 'renamed:5432');
  });

  it('a changed Pod is applied: its containers by name', async () => {
    const image = 'example.com/shop/web:';
    assert.deepEqual(await apply('pods.yaml', [`${image}1`, `${image}2`]), ['pod/web-0 configured']);
    assert.equal(
      await field(
        'pod/web-0',
        '{.spec.containers[*].name} {.spec.containers[*].image} {.spec.containers[*].ports[*].name}',
      ),
      `web ${image}2 http metrics`,
    );
    await patch('pod', 'web-0', { spec: { containers: [{ name: 'side', image: 'x' }] } });
    assert.equal(await field('pod/web-0', '{.spec.containers[*].name}'), 'side web');
  });
});
