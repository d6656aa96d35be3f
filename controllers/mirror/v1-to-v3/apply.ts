/**
 * Carries a plan out: create, and PUT under the resourceVersion that was read. Order:
 *
 *   replaced objects go ─► creates (group first) ─► updates ─► statuses ─► what is left over goes
 *
 * A crash between any two writes leaves a state that the next plan completes.
 */
import { ApiError, isReason } from '../../../api/meta/api-error.ts';
import type { KubeObject } from '../../../api/meta/types.ts';
import type { ServiceMirror, ServicePort } from '../../../api/services/v3alpha1/types.ts';
import { serviceGroups, serviceMirrors, servicePorts, topologyPolicies } from '../../../client/resources.ts';
import type { ApiClient, ResourceClient } from '../../../client/types.ts';
import { type Doomed, type ImportPlan, mergedStatus, type StatusWrite, type V3Object } from './plan.ts';
import type { MirrorKind, Written } from './view.ts';

/** Writes of one Service under way at once: 100 ports must not take 200 round trips one after another. */
const PARALLEL_WRITES = 8;

/** An object that the server will not take, whatever we do: its own rules, or missing rights. */
export interface Refusal {
  readonly kind: string;
  readonly name: string;
  readonly message: string;
}

export interface Applied {
  /** As the server answered, by `<kind>/<name>`. */
  readonly objects: ReadonlyMap<string, V3Object>;
  readonly refused: readonly Refusal[];
  readonly writes: number;
}

/** The writes the mirror makes; each is noted in `written` before the watch can tell of it. */
export interface Writer {
  create(object: KubeObject): Promise<KubeObject>;
  update(object: KubeObject): Promise<KubeObject>;
  updateStatus(object: KubeObject): Promise<KubeObject>;
  /** Gone already, or another object by now, is fine. */
  remove(object: KubeObject): Promise<void>;
}

export function createWriter(client: ApiClient, written: Written): Writer {
  const clients: Readonly<Record<MirrorKind, ResourceClient>> = {
    ServiceGroup: client.resource(serviceGroups),
    ServicePort: client.resource(servicePorts),
    TopologyPolicy: client.resource(topologyPolicies),
    ServiceMirror: client.resource(serviceMirrors),
  };
  const noted = async (kind: MirrorKind, answer: Promise<KubeObject>): Promise<KubeObject> => {
    const object = { ...(await answer), kind };
    written.wrote(kind, object);
    return object;
  };
  const kindOf = (object: KubeObject): MirrorKind => object.kind as MirrorKind;
  return {
    create: (object) => noted(kindOf(object), clients[kindOf(object)].create(object)),
    update: (object) => noted(kindOf(object), clients[kindOf(object)].update(object)),
    updateStatus: (object) => noted(kindOf(object), clients[kindOf(object)].updateStatus(object)),
    async remove(object) {
      const { namespace, name = '', uid } = object.metadata;
      try {
        await clients[kindOf(object)].delete(namespace, name, {
          preconditions: uid === undefined ? {} : { uid },
        });
      } catch (error) {
        if (!isReason(error, 'NotFound', 'Conflict')) throw error;
      }
      written.deleted(kindOf(object), object);
    },
  };
}

/**
 * @throws ApiError of reason Conflict or AlreadyExists where the copy we planned on was old: plan again
 */
export async function applyImport(plan: ImportPlan, writer: Writer, current: CurrentPort): Promise<Applied> {
  const objects = new Map<string, V3Object>();
  const refused: Refusal[] = [];
  let writes = 0;
  const attempt = async (object: KubeObject, write: () => Promise<KubeObject>): Promise<void> => {
    try {
      writes += 1;
      const answer = (await write()) as V3Object;
      objects.set(`${answer.kind}/${answer.metadata.name}`, answer);
    } catch (error) {
      if (!isRefusal(error)) throw error;
      refused.push({ kind: object.kind, name: object.metadata.name ?? '', message: error.message });
    }
  };
  const remove = async ({ object }: Doomed): Promise<void> => {
    writes += 1;
    await writer.remove(object);
  };
  const isPort = (object: V3Object): boolean => object.kind === 'ServicePort';

  await inParallel(
    plan.delete.filter((doomed) => doomed.replaced),
    remove,
  );
  for (const isLater of [false, true]) {
    const some = plan.create.filter((object) => isPort(object) === isLater);
    await inParallel(some, (object) => attempt(object, () => writer.create(object)));
  }
  await inParallel(plan.update, (object) => attempt(object, () => writer.update(object)));
  await inParallel(plan.updateStatus, async (write: StatusWrite) => {
    const port = (objects.get(`ServicePort/${write.name}`) as ServicePort | undefined) ?? current(write.name);
    if (port === undefined) return; // refused just now
    const status = mergedStatus(port.status, write.status);
    await attempt(port, () => writer.updateStatus({ ...port, status } as ServicePort));
  });
  await inParallel(
    plan.delete.filter((doomed) => !doomed.replaced),
    remove,
  );
  return { objects, refused, writes };
}

/** The ServicePort as it is now, by name. */
export type CurrentPort = (name: string) => ServicePort | undefined;

/** The server's own rules or missing rights; a namespace on its way out is neither. */
function isRefusal(error: unknown): error is ApiError {
  return isReason(error, 'Invalid', 'Forbidden', 'RequestEntityTooLarge') && !isNamespaceTerminating(error);
}

/** Upstream: `NamespaceTerminatingCause`, set by the lifecycle admission of both sides. */
export const isNamespaceTerminating = (error: unknown): boolean =>
  error instanceof ApiError &&
  (error.status.details?.causes ?? []).some((cause) => cause.reason === 'NamespaceTerminating');

/** Runs at most PARALLEL_WRITES at once; the first failure is thrown when those under way have ended. */
export async function inParallel<T>(items: readonly T[], run: (item: T) => Promise<void>): Promise<void> {
  let next = 0;
  let failed = false;
  const worker = async (): Promise<void> => {
    while (!failed) {
      const item = items[next++];
      if (item === undefined) return;
      try {
        await run(item);
      } catch (error) {
        failed = true;
        throw error;
      }
    }
  };
  const workers = Array.from({ length: Math.min(PARALLEL_WRITES, items.length) }, worker);
  const failure = (await Promise.allSettled(workers)).find((result) => result.status === 'rejected');
  if (failure !== undefined) throw failure.reason;
}

/**
 * Writes the ServiceMirror: created or its stash updated first, its status (with base) last of all.
 * @param status what it should say; undefined: leave it
 */
export async function applyMirror(
  writer: Writer,
  mirror: ServiceMirror | undefined,
  wanted: Pick<ServiceMirror, 'metadata' | 'spec'> | undefined,
  status: ServiceMirror['status'] | undefined,
): Promise<void> {
  let current = mirror;
  if (wanted !== undefined) {
    const object = { ...(mirror ?? serviceMirrorHeader), ...wanted } as ServiceMirror;
    const { status: _, ...withoutStatus } = object;
    current = (await (mirror === undefined
      ? writer.create(withoutStatus)
      : writer.update(object))) as ServiceMirror;
  }
  if (current !== undefined && status !== undefined) {
    await writer.updateStatus({ ...current, status } as ServiceMirror);
  }
}

const serviceMirrorHeader = { apiVersion: 'services.x-k8s.io/v3alpha1', kind: 'ServiceMirror' } as const;
