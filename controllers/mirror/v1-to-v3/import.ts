/** One Service's import: plan, apply, report. */
import type { V1Service } from '../../../api/core/types.ts';
import type {
  ServiceMirror,
  ServiceMirrorStatus,
  ServicePort,
} from '../../../api/services/v3alpha1/types.ts';
import { done } from '../../runtime/controller.ts';
import type { Outcome } from '../../runtime/types.ts';
import type { ObjectKind } from '../names.ts';
import { applyImport, applyMirror } from './apply.ts';
import { type ImportContext, idleReason } from './context.ts';
import { type ImportPlan, planImport } from './plan.ts';
import { idleStatus, importStatus, wantedMirror } from './report.ts';

/** Milliseconds until an object that was refused is tried again: rights and rules change by hand. */
const REFUSED_RETRY_MS = 300_000;

export async function importService(context: ImportContext, service: V1Service): Promise<Outcome> {
  const { view, writer } = context;
  const { namespace = '', name = '' } = service.metadata;
  const mirror = view.get('ServiceMirror', namespace, name);
  const now = new Date(context.clock.now());
  const idle = idleReason(mirror, namespace, name);
  if (mirror !== undefined && idle !== undefined) {
    await applyMirror(writer, mirror, undefined, idleStatus(mirror, ...idle, now));
    return done;
  }
  const plan = planImport({ service, mirror, view, store: await context.storeIdentity() });
  const read = (kind: ObjectKind, objectName: string) => view.get(kind, namespace, objectName);
  const applied = await applyImport(
    plan,
    writer,
    (port) => read('ServicePort', port) as ServicePort | undefined,
  );
  const current = (kind: string, objectName = '') => read(kind as ObjectKind, objectName);
  const status = importStatus(plan, applied, mirror, (o) => current(o.kind, o.metadata.name), now);
  await applyMirror(writer, mirror, wantedMirror(plan, mirror), status);
  tell(context, service, plan, mirror, status);
  return applied.refused.length > 0 ? { kind: 'after', milliseconds: REFUSED_RETRY_MS } : done;
}

/** Events for people: what was undone, and what stands in the way (once, when it begins). */
function tell(
  { recorder }: ImportContext,
  service: V1Service,
  plan: ImportPlan,
  mirror: ServiceMirror | undefined,
  status: ServiceMirrorStatus | undefined,
): void {
  for (const object of plan.reverted) {
    recorder.event(
      service,
      'Normal',
      'EditReverted',
      `${object.kind} "${object.metadata.name}" was set back to what this Service says; its mirror has authority V1`,
    );
  }
  const synced = status?.conditions?.find((condition) => condition.type === 'Synced');
  const before = mirror?.status?.conditions?.find((condition) => condition.type === 'Synced');
  if (synced?.status === 'False' && synced.message !== before?.message) {
    recorder.event(service, 'Warning', synced.reason, synced.message);
  }
}
