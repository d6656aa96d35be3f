/** Who we are, in the shape of Kubernetes' version.Info. Ours is the project's version, not the cluster's. */
import { readFile } from 'node:fs/promises';

export interface VersionInfo {
  readonly major: string;
  readonly minor: string;
  /** `v<semver>` */
  readonly gitVersion: string;
  readonly gitCommit: string;
  readonly gitTreeState: string;
  readonly buildDate: string;
  /** The runtime; the name is the wire format's. */
  readonly goVersion: string;
  readonly compiler: string;
  readonly platform: string;
}

export interface Runtime {
  readonly version: string;
  readonly platform: string;
  readonly arch: string;
}

/** @param semver as in package.json, such as `0.1.0` */
export function versionInfo(semver: string, runtime: Runtime = process): VersionInfo {
  const [major = '0', minor = '0'] = semver.split('.');
  return {
    major,
    minor,
    gitVersion: `v${semver}`,
    gitCommit: '',
    gitTreeState: '',
    buildDate: '1970-01-01T00:00:00Z',
    goVersion: `node${runtime.version}`,
    compiler: 'node',
    platform: `${runtime.platform}/${runtime.arch}`,
  };
}

/**
 * For a server that stands in for a whole cluster: the Kubernetes version whose API it imitates, with ours as
 * build metadata, as distributions do (`v1.30.1+k3s1`). kubectl compares the first part with its own.
 */
export function clusterVersionInfo(kubernetes: string, semver: string): VersionInfo {
  const [major = '', minor = ''] = kubernetes.split('.');
  return { ...versionInfo(semver), major, minor, gitVersion: `v${kubernetes}+services-v3.${semver}` };
}

/** Our version, as package.json beside the sources says. */
export async function packageVersion(): Promise<string> {
  const text = await readFile(new URL('../package.json', import.meta.url), 'utf8');
  const { version } = JSON.parse(text) as { readonly version: string };
  return version;
}
