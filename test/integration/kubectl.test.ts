/** Every verb of kubectl through a real kube-apiserver's aggregator, on both stores. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import type { IncomingHttpHeaders } from 'node:http';
import https from 'node:https';
import { createInterface } from 'node:readline';
import { buffer } from 'node:stream/consumers';
import { requireBinary } from '../../hack/envtest/binaries.ts';
import type { ControlPlane } from '../support/control-plane.ts';
import { type Installation, install } from '../support/installation.ts';
import type { CommandResult } from '../support/processes.ts';
import { availability } from '../support/registration.ts';
import { requires } from '../support/requirements.ts';
import { sharedControlPlane } from '../support/shared-control-plane.ts';
import { waitFor } from '../support/wait.ts';

const API_VERSION = 'services.x-k8s.io/v3alpha1';

const group = (name: string, labels?: Record<string, string>): object => ({
  apiVersion: API_VERSION,
  kind: 'ServiceGroup',
  metadata: { name, ...(labels === undefined ? {} : { labels }) },
  spec: { selector: { matchLabels: { app: name } } },
});

const endpoint = (name: string, ip: string, more: object = {}): object => ({
  apiVersion: API_VERSION,
  kind: 'Endpoint',
  metadata: { name, labels: { app: 'web' }, ...more },
  spec: { addresses: [{ ip }], nodeName: `node-of-${name}` },
});

const kinds: readonly [plural: string, shortName: string, namespaced: boolean, kind: string][] = [
  ['endpoints', 'ept', true, 'Endpoint'],
  ['endpointsubsets', 'eps', true, 'EndpointSubset'],
  ['nodetopologies', 'nt', false, 'NodeTopology'],
  ['servicegroups', 'sg', true, 'ServiceGroup'],
  ['servicemirrors', 'sm', true, 'ServiceMirror'],
  ['serviceports', 'sp', true, 'ServicePort'],
  ['topologypolicies', 'tp', true, 'TopologyPolicy'],
];

interface Answer {
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** With another Accept than kubectl's. */
function read(plane: ControlPlane, path: string, accept: string): Promise<Answer> {
  const { ca, admin, url } = plane;
  const options = { ca, ...admin, agent: false, headers: { accept } };
  return new Promise((resolve, reject) => {
    const request = https.get(url + path, options, (response) => {
      buffer(response).then((body) => resolve({ headers: response.headers, body }), reject);
    });
    request.once('error', reject);
  });
}

for (const storage of ['etcd', 'embedded'] as const) {
  describe(`kubectl through the aggregator, ${storage} store`, () => {
    requires('etcd', 'kube-apiserver', 'kube-controller-manager', 'kubectl');

    const namespace = `kubectl-${storage}`;
    let plane: ControlPlane;
    let installation: Installation | undefined;

    const run = (...args: string[]): Promise<CommandResult> => plane.kubectl(['-n', namespace, ...args]);
    const output = (...args: string[]): Promise<string> => plane.kubectlOutput(['-n', namespace, ...args]);
    const send = (verb: string, object: object, ...args: string[]): Promise<CommandResult> =>
      plane.kubectl(['-n', namespace, verb, '-f', '-', ...args], { stdin: JSON.stringify(object) });
    const sent = async (verb: string, object: object, ...args: string[]): Promise<string> => {
      const { code, stdout, stderr } = await send(verb, object, ...args);
      assert.equal(code, 0, stderr);
      return stdout.trim();
    };
    const field = (object: string, jsonPath: string): Promise<string> =>
      output('get', object, '-o', `jsonpath=${jsonPath}`);

    before(async () => {
      plane = await sharedControlPlane();
      await plane.createNamespace(namespace);
      installation = await install(plane, { storage, controllers: false });
    });
    after(async () => {
      await installation?.stop();
    });

    it('the APIService is available', async () => {
      assert.deepEqual(await availability(plane), {
        available: true,
        reason: 'Passed',
        message: 'all checks passed',
      });
    });

    it('api-resources lists the seven kinds with short names and scope', async () => {
      const text = await output('api-resources', '--api-group=services.x-k8s.io', '--no-headers');
      const rows = text
        .trim()
        .split('\n')
        .map((line) => line.split(/\s+/));
      assert.deepEqual(
        rows.map(([plural, shortName, version, namespaced, kind]) => [
          plural,
          shortName,
          version,
          namespaced,
          kind,
        ]),
        kinds.map(([plural, shortName, namespaced, kind]) => [
          plural,
          shortName,
          API_VERSION,
          String(namespaced),
          kind,
        ]),
      );
    });

    it('create, get as table, wide and yaml', async () => {
      assert.equal(
        await sent('create', group('web', { tier: 'front' })),
        'servicegroup.services.x-k8s.io/web created',
      );
      assert.match(await output('get', 'sg'), /^NAME +READY +PORTS +AGE\nweb /);
      assert.match(await output('get', 'sg', '-o', 'wide'), /ZONES +SELECTOR +NETWORK\n/);
      assert.match(
        await output('get', 'sg', 'web', '-o', 'yaml'),
        /kind: ServiceGroup\n[\s\S]*publish: Ready/,
      );
      const again = await send('create', group('web'));
      assert.match(again.stderr, /AlreadyExists.*servicegroups\.services\.x-k8s\.io "web" already exists/);
    });

    it('get by label, by field and of all namespaces', async () => {
      await sent('create', group('other', { tier: 'back' }));
      assert.equal(
        await output('get', 'sg', '-l', 'tier=front', '-o', 'name'),
        'servicegroup.services.x-k8s.io/web\n',
      );
      await sent('create', endpoint('a', '192.0.2.1'));
      await sent('create', endpoint('b', '192.0.2.2'));
      const selected = ['get', 'ept', '--field-selector', 'spec.nodeName=node-of-b', '-o', 'name'];
      assert.equal(await output(...selected), 'endpoint.services.x-k8s.io/b\n');
      assert.match(await output('get', 'ept', '-A'), new RegExp(`^NAMESPACE.*\n[\\s\\S]*${namespace} +a `));
      const unknown = await run('get', 'ept', '--field-selector', 'spec.bogus=1');
      assert.match(
        unknown.stderr,
        /BadRequest.*"spec\.bogus" is not a known field selector: only .*"spec\.nodeName"/,
      );
    });

    it('apply on the client side: created, unchanged, configured', async () => {
      assert.match(await sent('apply', group('applied')), / created$/);
      assert.match(await sent('apply', group('applied')), / unchanged$/);
      assert.match(await sent('apply', group('applied', { new: 'label' })), / configured$/);
      assert.equal(await field('sg/applied', '{.metadata.labels.new}'), 'label');
      assert.equal(await field('sg/applied', '{.metadata.generation}'), '1');
    });

    it('edit', async () => {
      const editor = plane.folder.join('editor.sh');
      writeFileSync(editor, '#!/bin/sh\nsed -i "s/publish: Ready/publish: All/" "$1"\n', { mode: 0o755 });
      const { code, stderr } = await plane.kubectl(['-n', namespace, 'edit', 'sg', 'web'], {
        env: { KUBE_EDITOR: editor },
      });
      assert.equal(code, 0, stderr);
      assert.equal(await field('sg/web', '{.spec.publish}'), 'All');
      assert.equal(await field('sg/web', '{.metadata.generation}'), '2');
    });

    it('patch: strategic without --type, merge and json', async () => {
      await output('patch', 'sg', 'web', '-p', '{"metadata":{"finalizers":["example.test/a"]}}');
      await output('patch', 'sg', 'web', '-p', '{"metadata":{"finalizers":["example.test/b"]}}');
      assert.equal(
        await field('sg/web', '{.metadata.finalizers}'),
        '["example.test/b","example.test/a"]',
        'merged, as of any kind',
      );
      await output('patch', 'sg', 'web', '-p', '{"metadata":{"finalizers":null}}');
      await output('patch', 'sg', 'web', '--type=merge', '-p', '{"spec":{"publish":"Serving"}}');
      assert.equal(await field('sg/web', '{.spec.publish}'), 'Serving');
      const operations = [{ op: 'replace', path: '/spec/publish', value: 'Ready' }];
      await output('patch', 'sg', 'web', '--type=json', '-p', JSON.stringify(operations));
      assert.equal(await field('sg/web', '{.spec.publish}'), 'Ready');
    });

    it('label and annotate', async () => {
      await output('label', 'sg', 'web', 'stage=test');
      await output('annotate', 'sg', 'web', 'example.test/note=hello');
      assert.equal(await field('sg/web', '{.metadata.labels.stage}'), 'test');
      await output('label', 'sg', 'web', 'stage-');
      assert.equal(await field('sg/web', '{.metadata.labels.stage}'), '');
      assert.equal(await field('sg/web', '{.metadata.annotations.example\\.test/note}'), 'hello');
    });

    it('get -w shows what changes', async () => {
      const env = { ...process.env, KUBECONFIG: plane.kubeconfig };
      const args = ['-n', namespace, 'get', 'sg', 'watched', '-w', '-o', 'jsonpath={.spec.publish}{"\\n"}'];
      await sent('create', group('watched'));
      const watch = spawn(requireBinary('kubectl'), args, { env, stdio: ['ignore', 'pipe', 'inherit'] });
      try {
        const lines = createInterface(watch.stdout)[Symbol.asyncIterator]();
        assert.equal((await lines.next()).value, 'Ready');
        await output('patch', 'sg', 'watched', '--type=merge', '-p', '{"spec":{"publish":"All"}}');
        assert.equal((await lines.next()).value, 'All');
      } finally {
        watch.kill();
      }
    });

    it('wait for a value and for deletion', async () => {
      await sent('create', group('waited'));
      const waiting = output('wait', 'sg/waited', '--for=jsonpath={.spec.publish}=All', '--timeout=60s');
      await output('patch', 'sg', 'waited', '--type=merge', '-p', '{"spec":{"publish":"All"}}');
      assert.match(await waiting, /condition met/);
      const gone = output('wait', 'sg/waited', '--for=delete', '--timeout=60s');
      await output('delete', 'sg', 'waited', '--wait=false');
      await gone;
    });

    it('describe', async () => {
      const text = await output('describe', 'sg', 'web');
      assert.match(text, /Name: +web\n/);
      assert.match(text, /Kind: +ServiceGroup\n/);
      assert.match(text, /Publish: +Ready\n/);
    });

    it('explain, with every field described', async () => {
      assert.match(
        await output('explain', 'servicegroup.spec.publish'),
        /FIELD: publish[\s\S]*DESCRIPTION:\n +\S/,
      );
      for (const [plural] of kinds) {
        const text = await output('explain', plural, `--api-version=${API_VERSION}`, '--recursive');
        assert.match(text, /GROUP: +services\.x-k8s\.io\nKIND: +\w+\nVERSION: +v3alpha1\n/);
        const spec = await output('explain', `${plural}.spec`, `--api-version=${API_VERSION}`);
        assert.match(spec, /FIELDS:\n/);
        assert.doesNotMatch(spec, /<no description>/);
      }
    });

    it('auth can-i answers by RBAC, and RBAC is kept', async () => {
      assert.equal(
        (await output('auth', 'can-i', 'create', 'servicegroups.services.x-k8s.io')).trim(),
        'yes',
      );
      const kubeconfig = await plane.kubeconfigFor(`viewer-${storage}`);
      await output('create', 'rolebinding', 'viewers', '--clusterrole=view', `--user=viewer-${storage}`);
      await waitFor('the viewer to see groups', async () => {
        const { code } = await plane.kubectl(['-n', namespace, 'get', 'sg'], { kubeconfig });
        return code === 0;
      });
      const refused = await plane.kubectl(['-n', namespace, 'delete', 'sg', 'web'], { kubeconfig });
      assert.match(
        refused.stderr,
        new RegExp(
          `servicegroups.services.x-k8s.io "web" is forbidden: User "viewer-${storage}" cannot delete`,
        ),
      );
    });

    it('a typo in a manifest is refused by its field', async () => {
      const typo = {
        apiVersion: API_VERSION,
        kind: 'ServicePort',
        metadata: { name: 'typo' },
        spec: { type: 'ClusterIP', groupRef: { name: 'web' }, prot: 80 },
      };
      const { code, stderr } = await send('create', typo);
      assert.equal(code, 1);
      assert.match(stderr, /strict decoding error: unknown field "spec\.prot"/);
      assert.doesNotMatch(stderr, /\n\s+at /);
    });

    it('a kind that does not exist is named as such', async () => {
      const unknown = { apiVersion: API_VERSION, kind: 'ServiceGroop', metadata: { name: 'unknown' } };
      for (const verb of ['create', 'apply']) {
        const { code, stderr } = await send(verb, unknown);
        assert.equal(code, 1);
        assert.match(stderr, /no matches for kind "ServiceGroop" in version "services\.x-k8s\.io\/v3alpha1"/);
      }
    });

    it('OpenAPI comes in protobuf too, under the hash of the index', async () => {
      const index = JSON.parse(await output('get', '--raw', '/openapi/v3'));
      const path = index.paths[`apis/${API_VERSION}`].serverRelativeURL;
      const mediaType = 'application/com.github.proto-openapi.spec.v3.v1.0+protobuf';
      const { headers, body } = await read(plane, path, mediaType);
      assert.equal(headers['content-type'], mediaType);
      // kube-apiserver puts its own before it.
      assert.match(String(headers['cache-control']), /public, immutable$/);
      // Field 1 of the document: its version of OpenAPI.
      assert.equal(body.subarray(0, 7).toString(), '\n\x053.0.0');
    });

    it('delete one, by label, and all', async () => {
      await output('delete', 'sg', 'other');
      await output('delete', 'ept', '-l', 'app=web');
      assert.equal(await output('get', 'ept', '-o', 'name'), '');
      await output('delete', 'sg', '--all');
      assert.match((await run('get', 'sg')).stderr, /No resources found/);
    });

    it('an Endpoint goes when the Pod that owns it goes', async () => {
      const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'owner' } };
      const spec = { containers: [{ name: 'main', image: 'example.test/x:1' }] };
      await sent('create', { ...pod, spec });
      const uid = await field('pod/owner', '{.metadata.uid}');
      const owner = { apiVersion: 'v1', kind: 'Pod', name: 'owner', uid };
      await sent('create', endpoint('owned', '192.0.2.9', { ownerReferences: [owner] }));
      await sent('create', endpoint('free', '192.0.2.10'));
      await output('delete', 'pod', 'owner', '--grace-period=0', '--force');
      // The garbage collector learns new kinds from discovery every 30 s.
      await output('wait', 'ept/owned', '--for=delete', '--timeout=150s');
      assert.equal(await output('get', 'ept', '-o', 'name'), 'endpoint.services.x-k8s.io/free\n');
    });

    it('a namespace ends with our objects in it', async () => {
      const ending = `${namespace}-ending`;
      await plane.createNamespace(ending);
      await plane.kubectlOutput(['-n', ending, 'create', '-f', '-'], { stdin: JSON.stringify(group('web')) });
      await plane.kubectlOutput(['delete', 'namespace', ending, '--timeout=150s']);
      const late = await plane.kubectl(['-n', ending, 'create', '-f', '-'], {
        stdin: JSON.stringify(group('web')),
      });
      assert.match(late.stderr, new RegExp(`namespaces "${ending}" not found`));
    });

    it('while the server is away the aggregator says so, and afterwards everything is there', async () => {
      assert.ok(installation !== undefined);
      await sent('create', group('kept'));
      installation.apiserver.signal('SIGKILL');
      await installation.apiserver.exited;
      const away = await run('get', 'sg', 'kept');
      assert.match(
        away.stderr,
        /currently unable to handle the request|service unavailable|connection refused/i,
      );
      await installation.restartApiServer();
      await waitFor('the server to answer again', async () => {
        const { stdout } = await run('get', 'sg', 'kept', '-o', 'name');
        return stdout === 'servicegroup.services.x-k8s.io/kept\n';
      });
    });
  });
}
