/**
 * The README, command by command, as a newcomer runs it: in a copy of the project, with the kubectl that is
 * found. `hack/verify-docs.ts` checks that every command of the README stands here.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cpSync, readFileSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { requireBinary } from '../../hack/envtest/binaries.ts';
import { type RunningProcess, runCommand, startProcess } from '../support/processes.ts';
import { projectRoot, requires } from '../support/requirements.ts';
import { type TemporaryFolder, temporaryFolder } from '../support/temporary-folder.ts';
import { waitFor } from '../support/wait.ts';

/** In the README's order; `until` is what the output must show, for things that take a moment. */
const steps: readonly { readonly command: string; readonly until: RegExp }[] = [
  { command: 'kubectl apply -f examples/', until: /service\/web created/ },
  {
    command: 'kubectl get sg,sp -n shop',
    until: /cart +2\/3 +7000→grpc\/TCP[\s\S]*web\.http\.nodeport .*True/,
  },
  {
    command: 'kubectl get ept -n shop --field-selector spec.zone=us-east-1a',
    until: /cart-0 [\s\S]*db-0 [\s\S]*web-0 [\s\S]*web-3 +10\.244\.1\.13,\S+ +True +us-east-1a +node-a/,
  },
  {
    command: 'kubectl get eps -n shop --field-selector spec.client.nodeName=node-a -o wide',
    until: /cart\.node\.node-a .* all 2 ready endpoints; no policy applies\n[\s\S]*web\.node\.node-a/,
  },
  {
    command: `kubectl patch pod cart-2 -n shop --subresource=status --type=json -p '[{"op":"replace","path":"/status/conditions/0/status","value":"True"}]'`,
    until: /pod\/cart-2 patched/,
  },
  { command: 'kubectl get sg cart -n shop', until: /cart +3\/3/ },
  { command: 'kubectl apply -f examples/native/', until: /front created/ },
  { command: 'kubectl get sg front -n shop', until: /front +7\/7/ },
  { command: 'kubectl explain sp.spec.delivery', until: /NodeLocal: only endpoints on the node/ },
  { command: 'kubectl get sm -n shop', until: /cart +V1 +Synced[\s\S]*db +V1 +Synced[\s\S]*web +V1 +Synced/ },
  { command: 'kubectl delete namespace shop', until: /namespace "shop" deleted/ },
];

/** Each of the steps is a shell of its own, so this one is done for them. */
const exported = 'export KUBECONFIG=.services-v3/kubeconfig';

describe('README', () => {
  requires('kubectl');
  let folder: TemporaryFolder;
  let project: string;
  let server: RunningProcess;
  const run = (command: string) =>
    runCommand('sh', ['-c', command], {
      cwd: project,
      env: {
        KUBECONFIG: exported.split('=')[1],
        PATH: `${path.dirname(requireBinary('kubectl'))}${path.delimiter}${process.env.PATH ?? ''}`,
        KUBERC: 'off',
      },
    });

  before(async function () {
    this.timeout(120_000);
    folder = temporaryFolder('readme');
    project = folder.join('services-v3');
    const files = execFileSync('git', ['ls-files', '-co', '--exclude-standard', '-z'], {
      cwd: projectRoot,
      encoding: 'utf8',
    });
    for (const file of files.split('\0').filter((f) => f !== '')) {
      cpSync(path.join(projectRoot, file), path.join(project, file), { preserveTimestamps: true });
    }
    symlinkSync(path.join(projectRoot, 'node_modules'), path.join(project, 'node_modules'));
    const logFile = folder.join('start.log');
    server = await startProcess({
      command: 'sh',
      args: ['-c', 'exec npm start'],
      env: { SERVICES_V3_PORT: '0' },
      cwd: project,
      logFile,
    });
    await waitFor(
      'npm start',
      () => /kubeconfig: \.services-v3\/kubeconfig/.test(readFileSync(logFile, 'utf8')),
      {
        check: () => server.assertRunning(),
      },
    );
  });
  after(async function () {
    this.timeout(60_000);
    await server?.stop();
    folder?.remove();
  });

  for (const { command, until } of steps) {
    it(command, async function () {
      this.timeout(120_000);
      let shown = '';
      const matches = async (): Promise<boolean> => {
        const { stdout, stderr } = await run(command);
        shown = stdout + stderr;
        return until.test(shown);
      };
      // What changes something is run once; what only looks may look again.
      if (/kubectl (get|explain)/.test(command)) await waitFor(command, matches).catch(() => undefined);
      else await matches();
      assert.match(shown, until);
    });
  }
});

describe('README, with a real control plane', () => {
  requires('etcd', 'kube-apiserver', 'kube-controller-manager', 'kubectl');

  it('npm run demo', async function () {
    this.timeout(600_000);
    const { code, stdout, stderr } = await runCommand('npm', ['run', 'demo'], {
      cwd: projectRoot,
    });
    assert.equal(code, 0, stdout + stderr);
    const [, created, mirrored] = /total +(\d+) +(\d+)/.exec(stdout) ?? [];
    assert.ok(Number(created) >= 47, stdout);
    assert.equal(mirrored, created);
  });
});
