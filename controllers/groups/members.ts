/** Who belongs to which group, kept up by events: an Endpoint's event costs the groups that select it. */

import { isDeepStrictEqual } from 'node:util';
import { fromLabelSelector, matchesLabels } from '../../api/meta/labels.ts';
import type { Endpoint, ServiceGroup } from '../../api/services/v3alpha1/types.ts';
import { joinKey } from '../runtime/object-key.ts';
import { createSelectorIndex } from '../runtime/selector-index.ts';
import type { Informer, InformerEvent, ObjectKey } from '../runtime/types.ts';

export interface GroupMembers {
  /** Endpoints that the group selects now. */
  of(group: ObjectKey): readonly Endpoint[];
}

/** @param touched called with each group whose members, or a member's state, changed */
export function trackMembers(
  informers: {
    readonly serviceGroups: Informer<ServiceGroup>;
    /** With index `namespace`. */
    readonly endpoints: Informer<Endpoint>;
  },
  touched: (group: ObjectKey) => void,
): GroupMembers {
  const index = createSelectorIndex();
  const members = new Map<ObjectKey, Map<ObjectKey, Endpoint>>();

  informers.serviceGroups.subscribe((event) => {
    const { key, object, previous, type } = event;
    if (type === 'deleted') {
      index.delete(key);
      members.delete(key);
    } else if (type === 'added' || !isDeepStrictEqual(previous?.spec.selector, object.spec.selector)) {
      fill(key, object);
    }
    touched(key);
  });

  function fill(key: ObjectKey, group: ServiceGroup): void {
    const found = new Map<ObjectKey, Endpoint>();
    members.set(key, found);
    const { selector } = group.spec;
    const namespace = group.metadata.namespace ?? '';
    if (selector === undefined) {
      index.delete(key); // no selector: an empty group
      return;
    }
    const { requirements } = fromLabelSelector(selector, 'spec.selector');
    index.set(key, namespace, requirements);
    for (const endpoint of informers.endpoints.byIndex('namespace', namespace)) {
      if (!matchesLabels(requirements, endpoint.metadata.labels)) continue;
      found.set(joinKey(namespace, endpoint.metadata.name ?? ''), endpoint);
    }
  }

  informers.endpoints.subscribe((event: InformerEvent<Endpoint>) => {
    const { key, object, previous, type } = event;
    const namespace = object.metadata.namespace ?? '';
    const now = new Set(type === 'deleted' ? [] : index.matching(namespace, object.metadata.labels));
    const before = previous === undefined ? [] : index.matching(namespace, previous.metadata.labels);
    for (const group of before) {
      if (now.has(group)) continue;
      members.get(group)?.delete(key);
      touched(group);
    }
    for (const group of now) {
      members.get(group)?.set(key, object);
      touched(group);
    }
  });

  return { of: (group) => [...(members.get(group)?.values() ?? [])] };
}
