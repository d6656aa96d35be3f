/**
 * `npm run envtest`: makes the real servers of the integration tests available and says where they are.
 * What is already there (KUBEBUILDER_ASSETS, PATH, the cache) is used; the rest is built from
 * hack/envtest/go.mod into the cache. Needs Go only if something must be built.
 */

import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { errorText } from '../../api/meta/error-text.ts';
import {
  type BinaryName,
  binaryNames,
  cacheFolder,
  findBinary,
  kubernetesVersion,
  moduleFolder,
  packages,
} from './binaries.ts';

/** kube-apiserver of 1.36 took five minutes on two cores, so silence for long is normal; say so now and then. */
const PROGRESS_INTERVAL_MS = 30_000;

function linkerFlags(version: string): string {
  const [major, minor] = version.slice(1).split('.');
  const variables = `k8s.io/component-base/version`;
  // Without a version kube-apiserver refuses to start: it derives its emulated version from it.
  return [
    '-s -w',
    `-X ${variables}.gitVersion=${version}`,
    `-X ${variables}.gitMajor=${major}`,
    `-X ${variables}.gitMinor=${minor}`,
    `-X ${variables}.gitTreeState=clean`,
  ].join(' ');
}

/** Why Go cannot build here, or undefined. */
function goProblem(): string | undefined {
  const result = spawnSync('go', ['version'], { encoding: 'utf8', cwd: moduleFolder });
  if (result.error) return 'Go is not installed';
  if (result.status !== 0) return `go does not work: ${result.stderr.trim().split('\n')[0]}`;
  return undefined;
}

/** Builds under a temporary name and renames, so that an interrupted or parallel build leaves no half binary. */
async function build(name: BinaryName, folder: string, version: string): Promise<void> {
  const target = path.join(folder, name);
  const partial = `${target}.partial-${process.pid}`;
  const started = Date.now();
  const progress = setInterval(() => {
    console.log(`  … ${name}: ${Math.round((Date.now() - started) / 1000)} s`);
  }, PROGRESS_INTERVAL_MS);
  try {
    const args = ['build', '-trimpath', '-ldflags', linkerFlags(version), '-o', partial, packages[name]];
    const child = spawn('go', args, {
      cwd: moduleFolder,
      env: { ...process.env, CGO_ENABLED: '0' },
      stdio: ['ignore', 'inherit', 'pipe'],
    });
    let errors = '';
    child.stderr.on('data', (chunk: Buffer) => {
      errors += chunk.toString();
    });
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', resolve);
    });
    if (code !== 0) throw new Error(explain(name, errors));
    renameSync(partial, target);
  } finally {
    clearInterval(progress);
    rmSync(partial, { force: true });
  }
  console.log(`  built ${name} in ${Math.round((Date.now() - started) / 1000)} s`);
}

function explain(name: BinaryName, errors: string): string {
  if (/dial tcp|no such host|i\/o timeout|connection refused|TLS handshake/.test(errors)) {
    return `${name}: Go cannot download its modules; check the network and \`go env GOPROXY\`, or set KUBEBUILDER_ASSETS`;
  }
  if (/no space left/.test(errors)) return `${name}: the disk is full; a build needs about 4 GB`;
  const last = errors.trim().split('\n').slice(-5).join('\n');
  return `${name} does not build:\n${last}`;
}

async function main(): Promise<number> {
  const version = kubernetesVersion();
  const folder = cacheFolder();
  const problem = goProblem();
  const missing: BinaryName[] = [];
  for (const name of binaryNames) {
    const found = findBinary(name);
    // Somebody's own kubectl may be of any version: good enough for tests, but not instead of building ours.
    const stopgap = found?.source === 'PATH' && name === 'kubectl' && problem === undefined;
    if (found === undefined || stopgap) missing.push(name);
    else console.log(`${name}: ${found.path} (${found.source})`);
  }
  if (missing.length === 0) return 0;

  if (problem !== undefined) {
    const remedy = process.env.KUBEBUILDER_ASSETS
      ? 'the suites that need them are skipped'
      : 'install Go 1.26 or newer, or set KUBEBUILDER_ASSETS to a folder of setup-envtest';
    console.error(`missing: ${missing.join(', ')}. ${problem}; ${remedy}`);
    // Assets given by the user are enough for most suites: what they lack is a skip, not an error.
    return process.env.KUBEBUILDER_ASSETS ? 0 : 1;
  }

  mkdirSync(folder, { recursive: true });
  console.log(`building ${missing.join(', ')} ${version} into ${folder} (about ten minutes on two cores) …`);
  for (const name of missing) await build(name, folder, version);
  return 0;
}

try {
  process.exitCode = await main();
} catch (error) {
  console.error(`error: ${errorText(error)}`);
  process.exitCode = 1;
}
