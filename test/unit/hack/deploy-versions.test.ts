import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { projectRoot } from '../../support/requirements.ts';

const read = (file: string): string => readFileSync(path.join(projectRoot, file), 'utf8');

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
