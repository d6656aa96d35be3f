/** The real kubectl, as a user runs it. */
import { requireBinary } from '../../hack/envtest/binaries.ts';
import { type CommandOptions, type CommandResult, runCommand } from './processes.ts';

export interface KubectlOptions extends CommandOptions {
  readonly kubeconfig: string;
}

/** A failing command is a result (its exit code), not an exception. */
export function kubectl(args: readonly string[], options: KubectlOptions): Promise<CommandResult> {
  const { kubeconfig, env, ...rest } = options;
  // KUBERC off and HOME-independent caches: the machine's own kubectl settings must not change an answer.
  const own = { KUBECONFIG: kubeconfig, KUBECACHEDIR: `${kubeconfig}.cache`, KUBERC: 'off', ...env };
  return runCommand(requireBinary('kubectl'), args, { ...rest, env: own });
}

/** Like `kubectl`, for commands that must succeed. @returns stdout @throws with stderr */
export async function kubectlOutput(args: readonly string[], options: KubectlOptions): Promise<string> {
  const result = await kubectl(args, options);
  if (result.code !== 0) throw new Error(`kubectl ${args.join(' ')}: ${result.stderr.trim()}`);
  return result.stdout;
}
