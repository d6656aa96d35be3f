import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parseAllDocuments } from 'yaml';
import { parseApiServerConfig } from '../../../apiserver/config.ts';
import { parseControllersConfig } from '../../../controllers/config.ts';
import { projectRoot } from '../../support/requirements.ts';

const read = (file: string): string => readFileSync(path.join(projectRoot, file), 'utf8');

interface Workload {
  readonly kind: string;
  readonly spec: { readonly template: { readonly spec: { readonly containers: readonly Container[] } } };
}

interface Container {
  readonly args: readonly string[];
  readonly ports?: readonly { readonly name: string; readonly containerPort: number }[];
}

function containerOf(file: string): Container {
  const documents = parseAllDocuments(read(file)).map((document) => document.toJS() as Workload);
  const container = documents.find(({ kind }) => kind === 'Deployment')?.spec.template.spec.containers[0];
  assert.ok(container !== undefined);
  return container;
}

describe('arguments in deploy/', () => {
  it('are flags of the API server, and its port is the one that is served', () => {
    const { args, ports } = containerOf('deploy/workloads/apiserver.yaml');
    const [command, ...flags] = args;
    assert.equal(command, 'apiserver');
    const config = parseApiServerConfig(flags, {});
    assert.equal(ports?.find(({ name }) => name === 'https')?.containerPort, config.port);
    assert.equal(config.storage.backend, 'etcd');
    assert.equal(config.serving.source, 'files');
    assert.deepEqual(config.controllerUsers, [
      'system:serviceaccount:services-v3-system:services-v3-controllers',
    ]);
  });

  it('are flags of the controllers, and the metrics port is the one that is probed', () => {
    const { args, ports } = containerOf('deploy/workloads/controllers.yaml');
    const [command, ...flags] = args;
    assert.equal(command, 'controllers');
    const config = parseControllersConfig(flags);
    assert.equal(ports?.find(({ name }) => name === 'metrics')?.containerPort, config.metricsPort);
    assert.equal(config.metricsAddress, '0.0.0.0');
  });
});

describe('versions in deploy/', () => {
  it('deploys the etcd that the tests run against', () => {
    const tested = /go\.etcd\.io\/etcd\/server\/v3 (v\S+)/.exec(read('hack/envtest/go.mod'))?.[1];
    const deployed = /image: \S+\/etcd:(v\S+)/.exec(read('deploy/components/etcd/etcd.yaml'))?.[1];
    assert.ok(tested !== undefined);
    assert.equal(deployed, tested);
  });

  it('deploys the version of package.json', () => {
    const { version } = JSON.parse(read('package.json')) as { version: string };
    const tag = /name: services-v3\n\s+newTag: (\S+)/.exec(read('deploy/workloads/kustomization.yaml'))?.[1];
    assert.equal(tag, `v${version}`);
  });

  it('runs in the image the major version of Node that runs here', () => {
    const { devDependencies } = JSON.parse(read('package.json')) as { devDependencies: { node: string } };
    const images = [...read('deploy/Dockerfile').matchAll(/^FROM node:(\d+)/gm)].map((match) => match[1]);
    assert.deepEqual(new Set(images), new Set([devDependencies.node.split('.')[0]]));
  });
});
