/**
 * Registers a server of ours that runs on loopback with a kube-apiserver: the manifests of
 * deploy/overlays/loopback, with this run's port and certificate authority.
 */
import path from 'node:path';
import { parseAllDocuments, stringify } from 'yaml';
import type { ControlPlane } from './control-plane.ts';
import { projectRoot } from './requirements.ts';
import { waitFor } from './wait.ts';

export const API_SERVICE = 'v3alpha1.services.x-k8s.io';
const OPENAPI_PATH = 'apis/services.x-k8s.io/v3alpha1';
/** The aggregator's TLS server name; a serving certificate must be valid for it. */
export const SERVICE_HOST = 'services-v3-apiserver.services-v3-system.svc';

/** The availability controller looks again every 30 s at the latest; a loaded machine needs several looks. */
const AVAILABLE_TIMEOUT_MS = 120_000;

export interface Registration {
  /** Port of the server on 127.0.0.1. */
  readonly port: number;
  /** PEM of the authority of its certificate, which names SERVICE_HOST. */
  readonly ca: string;
}

export interface Availability {
  readonly available: boolean;
  /** Of the condition Available, such as `Passed` or `FailedDiscoveryCheck`. */
  readonly reason: string;
  readonly message: string;
}

interface Manifest {
  kind?: string;
  spec?: Record<string, unknown>;
}

/** The overlay's documents. */
async function overlayDocuments(plane: ControlPlane): Promise<Manifest[]> {
  const overlay = path.join(projectRoot, 'deploy', 'overlays', 'loopback');
  const text = await plane.kubectlOutput(['kustomize', overlay]);
  return parseAllDocuments(text).map((document) => document.toJS() as Manifest);
}

async function apply(plane: ControlPlane, documents: readonly Manifest[]): Promise<void> {
  const stdin = documents.map((document) => stringify(document)).join('---\n');
  await plane.kubectlOutput(['apply', '-f', '-'], { stdin });
}

/**
 * Everything but the APIService: what a server needs before it can start. The APIService comes when the server
 * answers, because the aggregator backs off for a minute from an OpenAPI document that it could not fetch.
 */
export async function applyRights(plane: ControlPlane): Promise<void> {
  const documents = await overlayDocuments(plane);
  await apply(
    plane,
    documents.filter(({ kind }) => kind !== 'APIService'),
  );
}

/** The condition Available of our APIService; undefined while the controller has not looked yet. */
export async function availability(plane: ControlPlane): Promise<Availability | undefined> {
  const text = await plane.kubectlOutput(['get', 'apiservice', API_SERVICE, '-o', 'json']);
  const { status } = JSON.parse(text) as {
    status?: { conditions?: { type: string; status: string; reason?: string; message?: string }[] };
  };
  const condition = status?.conditions?.find(({ type }) => type === 'Available');
  return (
    condition && {
      available: condition.status === 'True',
      reason: condition.reason ?? '',
      message: condition.message ?? '',
    }
  );
}

/** Applies all manifests without waiting; may be repeated with another port. */
export async function applyRegistration(plane: ControlPlane, { port, ca }: Registration): Promise<void> {
  const caBundle = Buffer.from(ca, 'utf8').toString('base64');
  const documents = (await overlayDocuments(plane)).map((document) => {
    if (document.kind !== 'APIService') return document;
    const { service, ...spec } = document.spec ?? {};
    return { ...document, spec: { ...spec, caBundle, service: { ...(service as object), port } } };
  });
  await apply(plane, documents);
}

/** Applies the manifests and waits for Available=True. @throws with the controller's reason and message */
export async function register(plane: ControlPlane, registration: Registration): Promise<void> {
  await applyRegistration(plane, registration);
  let last: Availability | undefined;
  try {
    await waitFor(
      `APIService ${API_SERVICE} to be available`,
      async () => {
        last = await availability(plane);
        return last?.available;
      },
      { timeoutMs: AVAILABLE_TIMEOUT_MS, intervalMs: 250 },
    );
  } catch (error) {
    throw new Error(`${(error as Error).message}: ${last?.reason}: ${last?.message}`, { cause: error });
  }
}

/**
 * Waits until the aggregator serves our OpenAPI document, which it fetches after the server became available:
 * `kubectl explain` and strict validation by kubectl need it.
 */
export async function waitForOpenApi(plane: ControlPlane): Promise<void> {
  const isThere = async (): Promise<boolean> =>
    (await plane.kubectlOutput(['get', '--raw', '/openapi/v3'])).includes(OPENAPI_PATH);
  await waitFor('the aggregator to serve our OpenAPI', isThere, {
    timeoutMs: AVAILABLE_TIMEOUT_MS,
    intervalMs: 250,
  });
}

/** Removes the APIService first, so that nothing in the cluster waits for a server that goes. */
export async function unregister(plane: ControlPlane): Promise<void> {
  await plane.kubectlOutput(['delete', 'apiservice', API_SERVICE, '--ignore-not-found']);
}
