/** Our server and the real kube-apiserver, which serves the same kinds as custom resources, answer alike. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { servicesKinds } from '../../api/services/v3alpha1/kinds.ts';
import {
  type Difference,
  describeDifference,
  judge,
  readAllowed,
  type Verdict,
} from '../conformance/differential/compare.ts';
import { runScenario } from '../conformance/differential/runner.ts';
import { scenarios } from '../conformance/differential/scenarios/index.ts';
import { samples } from '../conformance/differential/scenarios/samples.ts';
import {
  type Components,
  OUR_GROUP,
  TWIN_GROUP,
  twinDefinition,
  VERSION,
} from '../conformance/differential/twin.ts';
import type { ControlPlane } from '../support/control-plane.ts';
import { type Installation, install } from '../support/installation.ts';
import { projectRoot, requires } from '../support/requirements.ts';
import { sharedControlPlane } from '../support/shared-control-plane.ts';

/** Of the issue: enough to meet every verb with good and bad input. */
const MIN_REQUESTS = 300;
const twinKinds = servicesKinds.filter(({ kind }) => samples.some((sample) => sample.kind === kind));

describe('differential: the same requests to our server and to a custom resource', function () {
  requires('etcd', 'kube-apiserver', 'kube-controller-manager', 'kubectl');
  this.timeout(600_000);

  const allowed = readAllowed(
    readFileSync(path.join(projectRoot, 'test', 'conformance', 'allowed.yaml'), 'utf8'),
  );
  let plane: ControlPlane;
  let installation: Installation | undefined;
  const found: Difference[] = [];
  let verdict: Verdict;

  before(async () => {
    plane = await sharedControlPlane();
    installation = await install(plane, { storage: 'etcd', controllers: false });
    await defineTwins(plane);
    const namespaces = scenarios.map(({ name }) => ({
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name },
    }));
    const list = { apiVersion: 'v1', kind: 'List', items: namespaces };
    await plane.kubectlOutput(['create', '-f', '-'], { stdin: JSON.stringify(list) });
    const target = { url: plane.url, tls: { ca: plane.ca, ...plane.admin } };
    for (const scenario of scenarios) found.push(...(await runScenario(target, scenario)));
    verdict = judge(found, allowed);
  });
  after(async () => {
    const crds = twinKinds.map(({ plural }) => `crd/${plural}.${TWIN_GROUP}`);
    await plane?.kubectl(['delete', '--wait=false', '--ignore-not-found', ...crds]);
    await installation?.stop();
  });

  it('asks enough, and names each step once', () => {
    const titles = scenarios.flatMap(({ name, steps }) => steps.map(({ title }) => `${name}: ${title}`));
    assert.ok(titles.length >= MIN_REQUESTS, `${titles.length} requests`);
    const repeated = titles.filter((title, i) => titles.indexOf(title) !== i);
    assert.deepEqual(repeated, []);
  });

  it('no difference is unexplained', () => {
    for (const [{ id, because }, open] of verdict.open) {
      console.log(`      open: ${id} (${open.length} differences): ${because}`);
    }
    const report = verdict.unexplained.map(describeDifference).join('\n\n');
    assert.equal(verdict.unexplained.length, 0, `${verdict.unexplained.length} unexplained\n\n${report}`);
  });

  it('every entry of allowed.yaml explains a difference', () => {
    assert.deepEqual(
      verdict.unused.map(({ id }) => id),
      [],
    );
  });
});

async function defineTwins(plane: ControlPlane): Promise<void> {
  const raw = await plane.kubectlOutput(['get', '--raw', `/openapi/v3/apis/${OUR_GROUP}/${VERSION}`]);
  const { components } = JSON.parse(raw) as { components: { schemas: Components } };
  const items = twinKinds.map((kind) => twinDefinition(components.schemas, kind));
  const list = { apiVersion: 'v1', kind: 'List', items };
  await plane.kubectlOutput(['apply', '--server-side', '-f', '-'], { stdin: JSON.stringify(list) });
  const crds = twinKinds.map(({ plural }) => `crd/${plural}.${TWIN_GROUP}`);
  await plane.kubectlOutput(['wait', '--for=condition=Established', ...crds]);
}
