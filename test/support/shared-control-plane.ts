/**
 * One control plane for all integration suites of a test run: starting one costs ten seconds. It starts when
 * first asked for and stops after the last suite. Suites keep apart by namespaces of their own.
 */
import { type ControlPlane, startControlPlane } from './control-plane.ts';

let shared: Promise<ControlPlane> | undefined;

/** With kube-controller-manager. Suites that ask for it state `requires('etcd', 'kube-apiserver', 'kube-controller-manager', 'kubectl')`. */
export function sharedControlPlane(): Promise<ControlPlane> {
  shared ??= startControlPlane({ controllerManager: true });
  return shared;
}

// At the top level of a module that a test file imports, this is a hook of the root suite.
after('stop the shared control plane', async () => {
  const started = shared;
  shared = undefined;
  // A control plane that did not start has cleaned up and failed the suites that wanted it.
  await started?.then(
    (plane) => plane.stop(),
    () => undefined,
  );
});
