/** The flags of `services-v3 controllers`, checked once; a wrong one is one line that says what is allowed. */
import { parseArgs } from 'node:util';
import { validateDns1123Label, validateLabelKey } from '../api/meta/names.ts';

export interface ControllersConfig {
  /** Unset: KUBECONFIG, ~/.kube/config or the pod's service account. */
  readonly kubeconfig: string | undefined;
  readonly context: string | undefined;
  readonly topologyKeys: readonly string[];
  readonly mirrorNamespaces: readonly string[];
  readonly workers: number;
  /** Requests a second, 0: no limit. */
  readonly qps: number;
  /** 0: no server for health and metrics. */
  readonly metricsPort: number;
  readonly metricsAddress: string;
  readonly logLevel: LogLevel;
}

export const logLevels = ['debug', 'info', 'warn', 'error'] as const;
export type LogLevel = (typeof logLevels)[number];

export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

/** Keys at once a controller: writes wait for the network, not for us. */
const defaultWorkers = 16;
const maxWorkers = 1_000;
/** Other label keys than these three are rarely topology; each is published to every tenant. */
const maxTopologyKeys = 32;

export const controllersUsage = `Usage: services-v3 controllers [flags]
  --kubeconfig PATH          kubeconfig of the cluster (default: KUBECONFIG, ~/.kube/config, in-cluster)
  --context NAME             context of the kubeconfig (default: its current-context)
  --topology-keys K1,K2      Node label keys that NodeTopologies carry beside hostname, zone and region
  --mirror-namespaces N1,N2  namespaces whose Services are mirrored (default: all)
  --workers N                objects that each controller works on at once (default: ${defaultWorkers})
  --qps N                    requests a second to the API server, 0 for no limit (default: 0)
  --metrics-port PORT        port for /metrics, /healthz and /readyz, 0 for none (default: 0)
  --metrics-address IP       address that port is bound to (default: 127.0.0.1)
  --log-level LEVEL          ${logLevels.join(', ')} (default: info)
`;

const flags = {
  kubeconfig: { type: 'string' },
  context: { type: 'string' },
  'topology-keys': { type: 'string' },
  'mirror-namespaces': { type: 'string' },
  workers: { type: 'string' },
  qps: { type: 'string' },
  'metrics-port': { type: 'string' },
  'metrics-address': { type: 'string' },
  'log-level': { type: 'string' },
} as const;

/** @throws ConfigError */
export function parseControllersConfig(args: readonly string[]): ControllersConfig {
  const values = parse(args);
  return {
    kubeconfig: values.kubeconfig,
    context: values.context,
    topologyKeys: topologyKeys(values['topology-keys']),
    mirrorNamespaces: namespaces(values['mirror-namespaces']),
    workers: wholeNumber('--workers', values.workers, defaultWorkers, 1, maxWorkers),
    qps: wholeNumber('--qps', values.qps, 0, 0, 1_000_000),
    metricsPort: wholeNumber('--metrics-port', values['metrics-port'], 0, 0, 65_535),
    metricsAddress: values['metrics-address'] ?? '127.0.0.1',
    logLevel: logLevel(values['log-level']),
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: flags, strict: true, allowPositionals: false }).values;
  } catch (error) {
    const text = error instanceof Error ? (error.message.split('\n', 1)[0] ?? '') : String(error);
    throw new ConfigError(`${text} (see services-v3 controllers --help)`, { cause: error });
  }
}

/** `a,b` to its parts; blanks around them do not count. */
function list(text: string | undefined): string[] {
  return (text ?? '')
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}

function topologyKeys(text: string | undefined): readonly string[] {
  const keys = list(text);
  for (const key of keys) {
    const [problem] = validateLabelKey(key);
    if (problem !== undefined)
      throw new ConfigError(`--topology-keys: "${key}" is not a label key: ${problem}`);
  }
  if (keys.length > maxTopologyKeys) {
    throw new ConfigError(`--topology-keys: ${keys.length} keys, at most ${maxTopologyKeys} are allowed`);
  }
  return keys;
}

function namespaces(text: string | undefined): readonly string[] {
  const names = list(text);
  for (const name of names) {
    const [problem] = validateDns1123Label(name);
    if (problem !== undefined) {
      throw new ConfigError(`--mirror-namespaces: "${name}" is not a namespace name: ${problem}`);
    }
  }
  return names;
}

function wholeNumber(
  flag: string,
  text: string | undefined,
  fallback: number,
  min: number,
  max: number,
): number {
  if (text === undefined) return fallback;
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < min || value > max) {
    throw new ConfigError(`${flag}: "${text}" is not a whole number from ${min} to ${max}`);
  }
  return value;
}

function logLevel(text: string | undefined): LogLevel {
  if (text === undefined) return 'info';
  const level = logLevels.find((l) => l === text);
  if (level === undefined)
    throw new ConfigError(`--log-level: "${text}" is not one of ${logLevels.join(', ')}`);
  return level;
}
