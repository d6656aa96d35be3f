/**
 * Labels under `services.x-k8s.io/` say what the controllers know about an object; selectors and the mirror
 * trust them. So only the controllers, and cluster administrators, may set, change or remove them.
 */
import { invalidObject } from '../../../api/meta/api-error.ts';
import { type FieldError, forbidden } from '../../../api/meta/field-error.ts';
import { GROUP, RESERVED_LABEL_PREFIX } from '../../../api/services/v3alpha1/group.ts';
import type { AdmissionPlugin } from '../admission.ts';

const ADMINISTRATORS = 'system:masters';

export interface ReservedLabelsOptions {
  /** User names of our controllers. */
  readonly writers: ReadonlySet<string>;
}

/** Keys of reserved labels that are different in `labels` than in `old`, sorted. */
export function reservedLabelChanges(
  labels: Readonly<Record<string, string>>,
  old: Readonly<Record<string, string>>,
): string[] {
  const keys = new Set([...Object.keys(labels), ...Object.keys(old)]);
  return [...keys].filter((key) => key.startsWith(RESERVED_LABEL_PREFIX) && labels[key] !== old[key]).sort();
}

export function createReservedLabels({ writers }: ReservedLabelsOptions): AdmissionPlugin {
  return {
    name: 'ServicesReservedLabels',
    async validate({ kind, object, oldObject, user, subject, name }) {
      if (kind.group !== GROUP || object === undefined) return;
      if (writers.has(user.name) || user.groups.includes(ADMINISTRATORS)) return;
      const changed = reservedLabelChanges(object.metadata.labels ?? {}, oldObject?.metadata.labels ?? {});
      if (changed.length === 0) return;
      const errors: FieldError[] = changed.map((key) =>
        forbidden(
          `metadata.labels[${key}]`,
          `labels under ${RESERVED_LABEL_PREFIX} are written by the controllers of ${GROUP} only`,
        ),
      );
      throw invalidObject(subject, name, errors);
    },
  };
}
