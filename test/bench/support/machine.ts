/** What the figures were measured on. */
import os from 'node:os';
import { kubernetesVersion } from '../../../hack/envtest/binaries.ts';

const GIBIBYTE = 2 ** 30;

/** One line; names no host. */
export function machine(): string {
  const cores = os.cpus();
  const model = cores[0]?.model.trim() || 'unnamed CPU';
  const memory = Math.round(os.totalmem() / GIBIBYTE);
  return (
    `${cores.length} cores (${model}), ${memory} GiB, ${os.type()} ${os.release().split('.', 2).join('.')}, ` +
    `Node ${process.version}, Kubernetes ${kubernetesVersion()}`
  );
}
