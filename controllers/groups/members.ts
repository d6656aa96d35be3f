/** Who belongs to which group, kept up by events: an Endpoint's event costs the groups that select it. */

import { isDeepStrictEqual } from 'node:util';
import { fromLabelSelector } from '../../api/meta/labels.ts';
import { SelectorIndex } from '../../api/meta/selector-index.ts';
import type { Endpoint, ServiceGroup } from '../../api/services/v3alpha1/types.ts';
import { joinKey, splitKey } from '../runtime/object-key.ts';
import type { Informer, ObjectKey } from '../runtime/types.ts';

export interface GroupMembers {
  /** Endpoints that the group selects now. */
  of(group: ObjectKey): readonly Endpoint[];
}

/** @param touched called with each group whose members, or a member's state, changed */
export function trackMembers(
  informers: {
    readonly serviceGroups: Informer<ServiceGroup>;
    readonly endpoints: Informer<Endpoint>;
  },
  touched: (group: ObjectKey) => void,
): GroupMembers {
  const index = new SelectorIndex<Endpoint>();

  informers.serviceGroups.subscribe(({ key, object, previous, type }) => {
    const { name = '', namespace = '' } = object.metadata;
    const { selector } = object.spec;
    // No selector: an empty group.
    if (type === 'deleted' || selector === undefined) index.deleteSelector(namespace, name);
    else if (type === 'added' || !isDeepStrictEqual(previous?.spec.selector, selector)) {
      index.setSelector(namespace, name, fromLabelSelector(selector, 'spec.selector').requirements);
    }
    touched(key);
  });

  informers.endpoints.subscribe(({ object, type }) => {
    const { name = '', namespace = '', labels } = object.metadata;
    const groups =
      type === 'deleted' ? index.delete(namespace, name) : index.set(namespace, name, labels, object);
    for (const group of groups) touched(joinKey(namespace, group));
  });

  return {
    of(group) {
      const { namespace = '', name } = splitKey(group);
      return index.matched(namespace, name);
    },
  };
}
