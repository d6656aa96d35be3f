/** Which v3 objects belong to the mirror of a Service. */
import type { KubeObject } from '../../../api/meta/types.ts';
import { FRONTEND_LABEL, RESERVED_LABEL_PREFIX } from '../../../api/services/v3alpha1/group.ts';
import type { ServicePort } from '../../../api/services/v3alpha1/types.ts';

/** Only controllers can write the label, so nobody can lend us an object that is not ours. */
export const isLabelled = (object: KubeObject, frontend: string): boolean =>
  object.metadata.labels?.[FRONTEND_LABEL] === frontend;

/** A ServicePort whose frontend is mirrored belongs to it whatever its labels; the others by label. */
export function belongsTo(object: KubeObject, frontend: string): boolean {
  return object.kind === 'ServicePort'
    ? (object as ServicePort).spec.frontend === frontend
    : isLabelled(object, frontend);
}

export type Labels = Readonly<Record<string, string>>;

/**
 * The labels an object should have. The mirrored ones replace people's where labels are a mirrored fact (the
 * group's, or ExternalName's port's), and stand beside them elsewhere.
 */
export function mergedLabels(existing: Labels, desired: Labels, mirrored: boolean): Record<string, string> {
  const kept = Object.entries(existing).filter(([key]) => !mirrored || key.startsWith(RESERVED_LABEL_PREFIX));
  return { ...Object.fromEntries(kept), ...desired };
}
