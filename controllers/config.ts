/** The flags of `services-v3 controllers`, checked once; a wrong one is one line that says what is allowed. */
import { validateDns1123Label, validateLabelKey } from '../api/meta/names.ts';
import {
  FlagError,
  type LogLevel,
  listOf,
  logLevels,
  maxPort,
  oneOf,
  parseFlags,
  wholeNumber,
} from '../command/flags.ts';

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

/** Keys at once a controller: writes wait for the network, not for us. */
const defaultWorkers = 16;
const maxWorkers = 1_000;
/** Requests a second that no API server answers to one client: more is a typing error. */
const maxQps = 1_000_000;
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

/** @throws FlagError */
export function parseControllersConfig(args: readonly string[]): ControllersConfig {
  const values = parseFlags('controllers', args, flags);
  return {
    kubeconfig: values.kubeconfig,
    context: values.context,
    topologyKeys: topologyKeys(values['topology-keys']),
    mirrorNamespaces: namespaces(values['mirror-namespaces']),
    workers: wholeNumber('workers', values.workers, { fallback: defaultWorkers, least: 1, most: maxWorkers }),
    qps: wholeNumber('qps', values.qps, { fallback: 0, most: maxQps }),
    metricsPort: wholeNumber('metrics-port', values['metrics-port'], { fallback: 0, most: maxPort }),
    metricsAddress: values['metrics-address'] ?? '127.0.0.1',
    logLevel: oneOf('log-level', values['log-level'], logLevels, 'info'),
  };
}

function topologyKeys(text: string | undefined): readonly string[] {
  const keys = listOf(text);
  for (const key of keys) {
    const [problem] = validateLabelKey(key);
    if (problem !== undefined) throw new FlagError(`--topology-keys ${key}: must be label keys: ${problem}`);
  }
  if (keys.length > maxTopologyKeys) {
    throw new FlagError(`--topology-keys: must be at most ${maxTopologyKeys} keys, not ${keys.length}`);
  }
  return keys;
}

function namespaces(text: string | undefined): readonly string[] {
  const names = listOf(text);
  for (const name of names) {
    const [problem] = validateDns1123Label(name);
    if (problem !== undefined) {
      throw new FlagError(`--mirror-namespaces ${name}: must be names of namespaces: ${problem}`);
    }
  }
  return names;
}
