/**
 * What has to be written so that v3 says what a v1 Service says (authority V1: import only). Pure: from the
 * Service, the objects as they are and the ServiceMirror to lists of writes; empty lists at rest.
 */
import { isDeepStrictEqual } from 'node:util';
import type { V1Service } from '../../../api/core/types.ts';
import type {
  MirrorLoss,
  ServiceGroup,
  ServiceMirror,
  ServicePort,
  ServicePortStatus,
  TopologyPolicy,
} from '../../../api/services/v3alpha1/types.ts';
import type { Base } from '../base.ts';
import { V1_CONDITION_PREFIX } from '../conditions.ts';
import { fromV1 } from '../from-v1.ts';
import type { ServiceModel } from '../model.ts';
import type { Carrier, Names, ObjectKind, ObjectName } from '../names.ts';
import type { Stash } from '../stash.ts';
import { toV1 } from '../to-v1.ts';
import { toV3, type V3Objects } from '../to-v3.ts';
import { untranslated } from '../untranslated.ts';
import { belongsTo, isLabelled, mergedLabels } from './ownership.ts';
import type { V3View } from './view.ts';

export type V3Object = ServiceGroup | ServicePort | TopologyPolicy;

/** An object that a plan removes, known by uid. */
export interface Doomed {
  readonly object: V3Object;
  /** It stands where one of another, immutable type must stand: it goes before creates, others after. */
  readonly replaced: boolean;
}

/** A ServicePort's status in the fields that v1 fills. */
export interface StatusWrite {
  readonly name: string;
  readonly status: ServicePortStatus;
}

/** A name that somebody else has, or a port in our frontend that was there before the mirror. */
export interface Obstacle {
  readonly kind: ObjectKind;
  readonly name: string;
  readonly message: string;
}

export interface ImportPlan {
  readonly model: ServiceModel;
  readonly stash: Stash;
  readonly base: Base;
  readonly lossy: readonly MirrorLoss[];
  /** What toV3 gives: carriers and the names of their objects. */
  readonly desired: V3Objects;
  readonly create: readonly V3Object[];
  /** Whole objects under the resourceVersion that was read. */
  readonly update: readonly V3Object[];
  /** Of created ports too. */
  readonly updateStatus: readonly StatusWrite[];
  readonly delete: readonly Doomed[];
  readonly nameTaken: readonly Obstacle[];
  /** ServicePorts that people made in this frontend before it was mirrored: left alone. */
  readonly foreignPorts: readonly ServicePort[];
  /** Edits of people that are undone, for Events. */
  readonly reverted: readonly V3Object[];
}

export interface ImportInput {
  readonly service: V1Service;
  readonly mirror: ServiceMirror | undefined;
  readonly view: V3View;
  /** Identity of the cluster, kept in base. */
  readonly store: string;
}

/** Base as kept in the mirror, unless it was made for another Service of the same name. */
export function baseOf(mirror: ServiceMirror | undefined, uid: string | undefined): Base | undefined {
  // Written by this controller only; other writers are refused by RBAC, and a wrong one costs a first sync.
  const base = mirror?.status?.base as unknown as Base | undefined;
  return base?.v1 !== undefined && base.model !== undefined && base.v1.uid === uid ? base : undefined;
}

export function planImport(input: ImportInput): ImportPlan {
  const { service, mirror, view } = input;
  const previous = baseOf(mirror, service.metadata.uid);
  const { model, stash } = fromV1(service, previous);
  const { carried } = toV1(model, stash);
  const desired = toV3(model, knownNames(model, mirror, view));
  const objects: V3Object[] = [...desired.groups, ...desired.ports, ...desired.policies];
  // v1 says what it said last, so what differs now is somebody's edit of v3.
  const isEdit = isDeepStrictEqual(previous?.model, model);
  const changes = compareAll(model, objects, view, isEdit);
  const extras = superfluous(model, objects, mirror, view);
  return {
    model,
    stash,
    base: { model, carried, v1: { uid: service.metadata.uid ?? '' }, store: input.store },
    lossy: untranslated(service),
    desired,
    ...changes,
    delete: [...changes.delete, ...extras.doomed.map((object) => ({ object, replaced: false }))],
    foreignPorts: extras.foreign,
    reverted: [...changes.reverted, ...extras.doomed.filter((object) => !isLabelled(object, model.name))],
  };
}

/** Objects keep the names they have, as long as they are there and ours. */
function knownNames(model: ServiceModel, mirror: ServiceMirror | undefined, view: V3View): Names {
  const kept = (mirror?.status?.objects ?? {}) as Readonly<Record<string, ObjectName>>;
  const names: Partial<Record<Carrier, ObjectName>> = {};
  for (const [carrier, { kind, name }] of Object.entries(kept)) {
    const object = view.get(kind, model.namespace, name);
    if (object !== undefined && belongsTo(object, model.name)) names[carrier as Carrier] = { kind, name };
  }
  return names;
}

type Changes = Pick<ImportPlan, 'create' | 'update' | 'updateStatus' | 'delete' | 'nameTaken' | 'reverted'>;

function compareAll(
  model: ServiceModel,
  objects: readonly V3Object[],
  view: V3View,
  isEdit: boolean,
): Changes {
  const create: V3Object[] = [];
  const update: V3Object[] = [];
  const updateStatus: StatusWrite[] = [];
  const doomed: Doomed[] = [];
  const nameTaken: Obstacle[] = [];
  const reverted: V3Object[] = [];
  const takenGroups = new Set<string>();
  for (const desired of objects) {
    const name = desired.metadata.name ?? '';
    const existing = view.get(desired.kind as ObjectKind, model.namespace, name);
    // A port must not lead to somebody else's group.
    if (desired.kind === 'ServicePort' && takenGroups.has((desired as ServicePort).spec.groupRef?.name ?? ''))
      continue;
    if (existing !== undefined && !belongsTo(existing, model.name)) {
      nameTaken.push(obstacle(existing, model.name));
      if (desired.kind === 'ServiceGroup') takenGroups.add(name);
      continue;
    }
    // On its way out; we are called again when it is gone.
    if (existing?.metadata.deletionTimestamp !== undefined) continue;
    const replaced = existing !== undefined && !sameIdentity(existing, desired);
    if (replaced) doomed.push({ object: existing, replaced });
    if (existing === undefined || replaced) create.push(withoutStatus(desired));
    else {
      const changed = changedObject(existing, desired, model);
      if (changed !== undefined) update.push(changed);
      if (changed !== undefined && isEdit) reverted.push(changed);
    }
    const status = statusWrite(replaced ? undefined : existing, desired);
    if (status !== undefined) updateStatus.push(status);
  }
  return { create, update, updateStatus, delete: doomed, nameTaken, reverted };
}

function obstacle(existing: V3Object, frontend: string): Obstacle {
  const name = existing.metadata.name ?? '';
  const owner =
    existing.kind === 'ServicePort'
      ? `belongs to frontend "${(existing as ServicePort).spec.frontend ?? ''}"`
      : 'was made by somebody else';
  return {
    kind: existing.kind as ObjectKind,
    name,
    message: `${existing.kind} "${name}" ${owner}; rename or delete it so that Service "${frontend}" can be mirrored`,
  };
}

function sameIdentity(existing: V3Object, desired: V3Object): boolean {
  if (existing.kind !== 'ServicePort') return true;
  return (existing as ServicePort).spec.type === (desired as ServicePort).spec.type;
}

function withoutStatus(object: V3Object): V3Object {
  const { status, ...rest } = object as ServicePort;
  return rest as V3Object;
}

/** The object to put in place of `existing`; undefined where that says the same. */
function changedObject(existing: V3Object, desired: V3Object, model: ServiceModel): V3Object | undefined {
  const mirrored = desired.kind === 'ServiceGroup' || model.type === 'ExternalName';
  const labels = mergedLabels(existing.metadata.labels ?? {}, desired.metadata.labels ?? {}, mirrored);
  const spec = withoutEmptyBlocks(existing.spec);
  if (isDeepStrictEqual(spec, desired.spec) && isDeepStrictEqual(existing.metadata.labels, labels))
    return undefined;
  return { ...existing, metadata: { ...existing.metadata, labels }, spec: desired.spec } as V3Object;
}

/** `{}` equals absent in every block of a spec. */
const withoutEmptyBlocks = (spec: object): object =>
  Object.fromEntries(
    Object.entries(spec).filter(
      ([, value]) => typeof value !== 'object' || value === null || Object.keys(value).length > 0,
    ),
  );

function statusWrite(existing: V3Object | undefined, desired: V3Object): StatusWrite | undefined {
  if (desired.kind !== 'ServicePort') return undefined;
  const status = (desired as ServicePort).status ?? {};
  const now = (existing as ServicePort | undefined)?.status ?? {};
  const same = isDeepStrictEqual(comparable(now), comparable(status));
  return same ? undefined : { name: desired.metadata.name ?? '', status };
}

/** The fields that v1 fills. The server keeps the transition times of conditions. */
function comparable(status: ServicePortStatus): unknown {
  const { addresses = [], nodePort, healthCheckNodePort, conditions = [] } = status;
  return {
    addresses,
    nodePort,
    healthCheckNodePort,
    conditions: conditions
      .filter((c) => c.type.startsWith(V1_CONDITION_PREFIX))
      .map(({ lastTransitionTime, ...rest }) => rest),
  };
}

/** What v1 fills laid over what others wrote: their conditions stay. */
export function mergedStatus(now: ServicePortStatus | undefined, from: ServicePortStatus): ServicePortStatus {
  const { addresses, nodePort, healthCheckNodePort, conditions = [], ...rest } = now ?? {};
  const all = [
    ...conditions.filter((c) => !c.type.startsWith(V1_CONDITION_PREFIX)),
    ...(from.conditions ?? []),
  ].map((condition) => {
    const { lastTransitionTime, ...timeless } = condition;
    // The server fills in the time of conditions whose type has a domain.
    return lastTransitionTime === '' ? (timeless as typeof condition) : condition;
  });
  const { conditions: _, ...facts } = from;
  return { ...rest, ...facts, ...(all.length === 0 ? {} : { conditions: all }) };
}

/** Objects of the frontend that v1 gives no reason for. */
function superfluous(
  model: ServiceModel,
  desired: readonly V3Object[],
  mirror: ServiceMirror | undefined,
  view: V3View,
): { doomed: V3Object[]; foreign: ServicePort[] } {
  const wanted = new Set(desired.map((object) => `${object.kind}/${object.metadata.name}`));
  const unwanted = <T extends V3Object>(object: T | undefined): T[] =>
    object === undefined ||
    wanted.has(`${object.kind}/${object.metadata.name}`) ||
    object.metadata.deletionTimestamp !== undefined
      ? []
      : [object];
  const ports = view.portsOf(model.namespace, model.name).flatMap(unwanted);
  const foreign = ports.filter((port) => !isLabelled(port, model.name) && !isYounger(port, mirror));
  const others = ownGroupsAndPolicies(model.namespace, model.name, mirror, view).flatMap((object) =>
    unwanted(object),
  );
  return { doomed: [...ports.filter((port) => !foreign.includes(port)), ...others], foreign };
}

/** Made in a frontend that was mirrored already, so it is an edit; of the same second counts as before. */
const isYounger = (port: ServicePort, mirror: ServiceMirror | undefined): boolean =>
  (port.metadata.creationTimestamp ?? '') > (mirror?.metadata.creationTimestamp ?? '\uffff');

/** By canonical name, and by the names that the mirror wrote down. */
function ownGroupsAndPolicies(
  namespace: string,
  service: string,
  mirror: ServiceMirror | undefined,
  view: V3View,
): V3Object[] {
  const recorded = Object.values((mirror?.status?.objects ?? {}) as Readonly<Record<string, ObjectName>>);
  return (['ServiceGroup', 'TopologyPolicy'] as const).flatMap((kind) => {
    const names = new Set([service, ...recorded.filter((o) => o.kind === kind).map((o) => o.name)]);
    return [...names].flatMap((name): V3Object[] => {
      const object = view.get(kind, namespace, name);
      return object !== undefined && isLabelled(object, service) ? [object] : [];
    });
  });
}

/** Every object that the mirror of a Service made, for its removal. Ports go first, then what they lead to. */
export function mirroredObjects(
  namespace: string,
  service: string,
  mirror: ServiceMirror | undefined,
  view: V3View,
): V3Object[] {
  const ports = view.portsOf(namespace, service).filter((port) => isLabelled(port, service));
  return [...ports, ...ownGroupsAndPolicies(namespace, service, mirror, view)];
}
