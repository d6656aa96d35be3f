/**
 * When a v1 Service is gone its v3 objects go too, but never because something merely seems absent. All must
 * hold (`mirror.md`): base names the vanished object's uid; a live GET says 404 or another uid; the cluster is
 * the one in which base was made.
 */
import { isReason } from '../../../api/meta/api-error.ts';
import { API_VERSION, FRONTEND_LABEL } from '../../../api/services/v3alpha1/group.ts';
import type { ServiceMirror } from '../../../api/services/v3alpha1/types.ts';
import { done } from '../../runtime/controller.ts';
import type { Outcome } from '../../runtime/types.ts';
import type { Base } from '../base.ts';
import { applyMirror, inParallel } from './apply.ts';
import { type ImportContext, idleReason } from './context.ts';
import { mirroredObjects } from './plan.ts';
import { idleStatus } from './report.ts';

/** Milliseconds until our copy of a Service that is still there should have caught up. */
const CATCH_UP_MS = 1_000;

/** What a live GET of the Service said. */
export type LiveService = { readonly kind: 'absent' } | { readonly kind: 'present'; readonly uid: string };

export type Removal =
  | { readonly kind: 'remove' }
  /** It is there after all: our copy is behind. */
  | { readonly kind: 'wait' }
  | { readonly kind: 'refuse'; readonly message: string };

export function judgeRemoval(mirror: ServiceMirror | undefined, live: LiveService, store: string): Removal {
  const base = mirror?.status?.base as unknown as Partial<Base> | undefined;
  const uid = base?.v1?.uid ?? '';
  if (live.kind === 'present' && (uid === '' || live.uid === uid)) return { kind: 'wait' };
  if (uid === '') {
    return { kind: 'refuse', message: 'no base says which v1 Service these objects were made from' };
  }
  if (base?.store !== store) {
    return {
      kind: 'refuse',
      message:
        'the base was made in another cluster, or v1 was lost and restored; delete the v3 objects by hand if they are not wanted',
    };
  }
  return { kind: 'remove' };
}

/** For a Service that our copy does not hold (any more). The mirror goes last: it holds the proof. */
export async function removeMirrored(
  context: ImportContext,
  namespace: string,
  name: string,
): Promise<Outcome> {
  const { view, writer } = context;
  const mirror = view.get('ServiceMirror', namespace, name);
  const objects = mirroredObjects(namespace, name, mirror, view);
  // A mirror that was made before its Service holds settings; it is the user's.
  if (objects.length === 0 && mirror?.status?.base === undefined) return done;
  if (idleReason(mirror, namespace, name) !== undefined) return done;
  const live = await liveService(context, namespace, name);
  const verdict = judgeRemoval(mirror, live, await context.storeIdentity());
  if (verdict.kind === 'wait') return { kind: 'after', milliseconds: CATCH_UP_MS };
  if (verdict.kind === 'refuse') {
    await refuseRemoval(context, mirror ?? newMirror(namespace, name), verdict.message);
    return done;
  }
  await inParallel(objects, (object) => writer.remove(object));
  if (mirror !== undefined) await writer.remove(mirror);
  return done;
}

async function liveService(
  { services }: ImportContext,
  namespace: string,
  name: string,
): Promise<LiveService> {
  try {
    return { kind: 'present', uid: (await services.get(namespace, name)).metadata.uid ?? '' };
  } catch (error) {
    if (isReason(error, 'NotFound')) return { kind: 'absent' };
    throw error;
  }
}

async function refuseRemoval(context: ImportContext, mirror: ServiceMirror, message: string): Promise<void> {
  const status = idleStatus(mirror, 'OriginMissing', message, new Date(context.clock.now()));
  const isNew = mirror.metadata.uid === undefined;
  const { metadata, spec } = mirror;
  await applyMirror(
    context.writer,
    isNew ? undefined : mirror,
    isNew ? { metadata, spec } : undefined,
    status,
  );
  if (status !== undefined) context.recorder.event(mirror, 'Warning', 'OriginMissing', message);
}

const newMirror = (namespace: string, name: string): ServiceMirror => ({
  apiVersion: API_VERSION,
  kind: 'ServiceMirror',
  metadata: { namespace, name, labels: { [FRONTEND_LABEL]: name } },
  spec: { authority: 'V1', paused: false },
});
