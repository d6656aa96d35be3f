/** kubectl apply --server-side through a real kube-apiserver's aggregator. */
import assert from 'node:assert/strict';
import type { ControlPlane } from '../support/control-plane.ts';
import { type Installation, install } from '../support/installation.ts';
import type { CommandResult } from '../support/processes.ts';
import { requires } from '../support/requirements.ts';
import { sharedControlPlane } from '../support/shared-control-plane.ts';

const NAMESPACE = 'server-side-apply';
const API_VERSION = 'services.x-k8s.io/v3alpha1';

const group = (name: string, app: string, labels?: Record<string, string>): object => ({
  apiVersion: API_VERSION,
  kind: 'ServiceGroup',
  metadata: { name, ...(labels === undefined ? {} : { labels }) },
  spec: { selector: { matchLabels: { app } } },
});

const endpoint = (name: string, ...ips: string[]): object => ({
  apiVersion: API_VERSION,
  kind: 'Endpoint',
  metadata: { name },
  spec: { addresses: ips.map((ip) => ({ ip })) },
});

describe('kubectl apply --server-side', () => {
  requires('etcd', 'kube-apiserver', 'kube-controller-manager', 'kubectl');

  let plane: ControlPlane;
  let installation: Installation | undefined;

  before(async () => {
    plane = await sharedControlPlane();
    await plane.createNamespace(NAMESPACE);
    installation = await install(plane, { storage: 'embedded', controllers: false });
  });
  after(async () => {
    await installation?.stop();
  });

  const output = (...args: string[]): Promise<string> => plane.kubectlOutput(['-n', NAMESPACE, ...args]);
  const send = (object: object, ...args: string[]): Promise<CommandResult> =>
    plane.kubectl(['-n', NAMESPACE, 'apply', '-f', '-', ...args], { stdin: JSON.stringify(object) });
  const apply = async (object: object, ...args: string[]): Promise<string> => {
    const { code, stdout, stderr } = await send(object, ...args);
    assert.equal(code, 0, stderr);
    return stdout.trim();
  };
  const serverSide = (object: object, manager: string, ...args: string[]): Promise<string> =>
    apply(object, '--server-side', '--field-manager', manager, ...args);
  const field = (object: string, path: string): Promise<string> =>
    output('get', object, '-o', `jsonpath=${path}`);
  const managers = (object: string): Promise<string> =>
    output(
      ...['get', object, '--show-managed-fields', '-o'],
      'jsonpath={range .metadata.managedFields[*]}{.manager} {.operation} {end}',
    );

  it('creates, changes, and changes nothing', async () => {
    assert.match(await serverSide(group('web', 'web'), 'one'), / serverside-applied$/);
    const version = await field('sg/web', '{.metadata.resourceVersion}');
    await serverSide(group('web', 'web'), 'one');
    assert.equal(await field('sg/web', '{.metadata.resourceVersion}'), version);
    await serverSide(group('web', 'other'), 'one');
    assert.equal(await field('sg/web', '{.spec.selector.matchLabels.app}'), 'other');
    assert.equal(await managers('sg/web'), 'one Apply ');
    assert.doesNotMatch(await output('get', 'sg/web', '-o', 'yaml'), /managedFields/);
    assert.match(
      await output('get', 'sg/web', '-o', 'yaml', '--show-managed-fields'),
      /\n {4}manager: one\n/,
    );
  });

  it('a dry run on the server writes nothing', async () => {
    assert.match(
      await serverSide(group('dry', 'web'), 'one', '--dry-run=server'),
      / serverside-applied \(server dry run\)$/,
    );
    assert.equal(await output('get', 'sg', 'dry', '--ignore-not-found'), '');
  });

  it('two managers share a list by its keys; each takes away its own', async () => {
    await serverSide(endpoint('vm', '10.0.0.1'), 'one');
    await serverSide(endpoint('vm', 'fd00::1'), 'two');
    assert.equal(await field('ept/vm', '{.spec.addresses[*].ip}'), '10.0.0.1 fd00::1');
    await serverSide(endpoint('vm', '10.0.0.2'), 'one');
    assert.equal(await field('ept/vm', '{.spec.addresses[*].ip}'), 'fd00::1 10.0.0.2');
  });

  it('a conflict as kubectl explains it, and --force-conflicts', async () => {
    await serverSide(group('contested', 'web'), 'one');
    const { code, stderr } = await send(group('contested', 'api'), '--server-side', '--field-manager', 'two');
    assert.equal(code, 1);
    assert.match(stderr, /^error: Apply failed with 1 conflict: conflict with "one": \.spec\.selector\n/);
    await serverSide(group('contested', 'api'), 'two', '--force-conflicts');
    assert.equal(await field('sg/contested', '{.spec.selector.matchLabels.app}'), 'api');
  });

  it('from client-side apply: no conflict, and what is left out goes', async () => {
    await apply(group('moved', 'web', { old: 'label' }));
    assert.equal(await managers('sg/moved'), 'kubectl-client-side-apply Update ');
    assert.match(await apply(group('moved', 'api'), '--server-side'), / serverside-applied$/);
    assert.equal(await field('sg/moved', '{.spec.selector.matchLabels.app}'), 'api');
    assert.equal(await field('sg/moved', '{.metadata.labels}'), '');
    // kubectl moves the annotation to a manager of its own.
    assert.equal(await managers('sg/moved'), 'kubectl-last-applied Apply kubectl Apply ');
  });

  it('what does not fit is a 422 with its field, not a 500', async () => {
    const wrong = { ...group('wrong', 'web'), spec: { bogus: 1 } };
    const { stderr } = await send(wrong, '--server-side', '--validate=false');
    assert.match(stderr, /ServiceGroup\S* "wrong" is invalid: spec\.bogus: .*field not declared in schema/);
  });

  it('diff --server-side shows what would change', async () => {
    await serverSide(group('diffed', 'web'), 'kubectl');
    const { code, stdout } = await plane.kubectl(['-n', NAMESPACE, 'diff', '--server-side', '-f', '-'], {
      stdin: JSON.stringify(group('diffed', 'api')),
    });
    assert.equal(code, 1);
    assert.match(stdout, /^\+ {6}app: api$/m);
  });
});
