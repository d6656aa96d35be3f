/**
 * When a v1 Service is gone its v3 objects go too, but never because something merely seems absent. All must
 * hold (`mirror.md`): base names the vanished object's uid; a live GET says 404 or another uid; the cluster is
 * the one in which base was made.
 */
import type { ServiceMirror } from '../../../api/services/v3alpha1/types.ts';
import type { Base } from '../base.ts';

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
