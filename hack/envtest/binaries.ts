/**
 * Where the real servers of the integration tests come from: one look-up, used by `npm run envtest` (which
 * builds what is missing) and by the tests (which skip what is missing).
 *
 * | binary                  | looked for in                                            |
 * |-------------------------|----------------------------------------------------------|
 * | etcd                    | ETCD_BIN, PATH, KUBEBUILDER_ASSETS, cache                |
 * | kubectl                 | KUBEBUILDER_ASSETS, cache, PATH                          |
 * | kube-apiserver          | KUBEBUILDER_ASSETS, cache                                |
 * | kube-controller-manager | KUBEBUILDER_ASSETS, cache                                |
 */
import { accessSync, constants, readFileSync, statSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

export type BinaryName = 'etcd' | 'kube-apiserver' | 'kube-controller-manager' | 'kubectl';

export interface FoundBinary {
  readonly name: BinaryName;
  readonly path: string;
  /** What named it, for people: `ETCD_BIN`, `PATH`, `KUBEBUILDER_ASSETS` or `cache`. */
  readonly source: string;
}

export type Environment = Readonly<Record<string, string | undefined>>;

/** Go package of each binary, all in hack/envtest/go.mod. */
export const packages: Readonly<Record<BinaryName, string>> = {
  etcd: 'go.etcd.io/etcd/server/v3',
  'kube-apiserver': 'k8s.io/kubernetes/cmd/kube-apiserver',
  kubectl: 'k8s.io/kubernetes/cmd/kubectl',
  'kube-controller-manager': 'k8s.io/kubernetes/cmd/kube-controller-manager',
};

export const binaryNames = Object.keys(packages) as BinaryName[];

export const moduleFolder = import.meta.dirname;

/** The Kubernetes version that go.mod pins, such as `v1.36.3`. */
export function kubernetesVersion(goMod = readFileSync(path.join(moduleFolder, 'go.mod'), 'utf8')): string {
  const version = /^\s*k8s\.io\/kubernetes (v\S+)/m.exec(goMod)?.[1];
  if (version === undefined) throw new Error('hack/envtest/go.mod names no version of k8s.io/kubernetes');
  return version;
}

/** Outside the tree, so that clones share what took ten minutes to build. SERVICES_V3_CACHE moves it. */
export function cacheFolder(env: Environment = process.env): string {
  const base =
    env.SERVICES_V3_CACHE ??
    path.join(env.XDG_CACHE_HOME ?? path.join(os.homedir(), '.cache'), 'services-v3');
  return path.join(base, 'envtest', kubernetesVersion());
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}

interface Place {
  readonly source: string;
  readonly file: string;
}

function placesOf(name: BinaryName, env: Environment): Place[] {
  const assets = env.KUBEBUILDER_ASSETS;
  const fromAssets = assets ? [{ source: 'KUBEBUILDER_ASSETS', file: path.join(assets, name) }] : [];
  const fromCache = [{ source: 'cache', file: path.join(cacheFolder(env), name) }];
  const fromPath = (env.PATH ?? '')
    .split(path.delimiter)
    .filter((folder) => folder !== '')
    .map((folder) => ({ source: 'PATH', file: path.join(folder, name) }));
  switch (name) {
    case 'etcd': {
      const named = env.ETCD_BIN;
      // Somebody who names a binary wants that one: a wrong path is missing, not silently another.
      if (named) return [{ source: 'ETCD_BIN', file: named }];
      return [...fromPath, ...fromAssets, ...fromCache];
    }
    case 'kubectl':
      return [...fromAssets, ...fromCache, ...fromPath];
    case 'kube-apiserver':
    case 'kube-controller-manager':
      return [...fromAssets, ...fromCache];
  }
}

export function findBinary(name: BinaryName, env: Environment = process.env): FoundBinary | undefined {
  const place = placesOf(name, env).find(({ file }) => isExecutable(file));
  return place && { name, path: place.file, source: place.source };
}

/** What somebody can do who lacks a binary; one sentence. */
export function howToGet(name: BinaryName): string {
  if (name === 'etcd') return 'run `npm run envtest`, set ETCD_BIN, or install etcd-server (Debian, Ubuntu)';
  if (name === 'kube-controller-manager') return 'run `npm run envtest` (setup-envtest does not bring it)';
  return 'run `npm run envtest`, or set KUBEBUILDER_ASSETS to a folder of setup-envtest';
}

/** @throws with the sentence of `howToGet` */
export function requireBinary(name: BinaryName, env: Environment = process.env): string {
  const found = findBinary(name, env);
  if (found === undefined) throw new Error(`${name} was not found: ${howToGet(name)}`);
  return found.path;
}
