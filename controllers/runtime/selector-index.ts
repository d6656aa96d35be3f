/**
 * Which selectors match a set of labels, without asking each: a selector is filed under one of its positive
 * requirements, so an event on one object costs what its labels touch, not the number of selectors.
 */
import { matchesLabels } from '../../api/meta/labels.ts';
import type { LabelRequirement, LabelRequirements } from '../../api/meta/selectors.ts';

export interface SelectorIndex {
  /** Files or replaces the selector of `key`; it matches objects of this namespace only. */
  set(key: string, namespace: string, requirements: LabelRequirements): void;
  delete(key: string): void;
  /** Keys whose selector matches. */
  matching(namespace: string, labels: Readonly<Record<string, string>> | undefined): readonly string[];
}

interface Filed {
  readonly places: readonly string[];
  readonly requirements: LabelRequirements;
}

export function createSelectorIndex(): SelectorIndex {
  const filed = new Map<string, Filed>();
  const places = new Map<string, Set<string>>();

  function remove(key: string): void {
    for (const place of filed.get(key)?.places ?? []) {
      const keys = places.get(place);
      keys?.delete(key);
      if (keys?.size === 0) places.delete(place);
    }
    filed.delete(key);
  }

  return {
    set(key, namespace, requirements) {
      remove(key);
      const where = placesOf(namespace, requirements);
      filed.set(key, { places: where, requirements });
      for (const place of where) {
        const keys = places.get(place);
        if (keys === undefined) places.set(place, new Set([key]));
        else keys.add(key);
      }
    },
    delete: remove,
    matching(namespace, labels = {}) {
      const candidates = new Set<string>(places.get(anyPlace(namespace)));
      for (const [label, value] of Object.entries(labels)) {
        for (const key of places.get(keyPlace(namespace, label)) ?? []) candidates.add(key);
        for (const key of places.get(valuePlace(namespace, label, value)) ?? []) candidates.add(key);
      }
      return [...candidates].filter((key) => matchesLabels(filed.get(key)?.requirements ?? [], labels));
    },
  };
}

// A label key holds no blank, so the parts cannot run into each other.
const anyPlace = (namespace: string): string => namespace;
const keyPlace = (namespace: string, key: string): string => `${namespace} ${key}`;
const valuePlace = (namespace: string, key: string, value: string): string => `${namespace} ${key} ${value}`;

/** Under the most selective kind of requirement: a value, one of several values, a key, nothing. */
function placesOf(namespace: string, requirements: LabelRequirements): readonly string[] {
  const find = (test: (r: LabelRequirement) => boolean) => requirements.find(test);
  const byValue = find((r) => r.operator === '=') ?? find((r) => r.operator === 'in');
  if (byValue !== undefined) return byValue.values.map((v) => valuePlace(namespace, byValue.key, v));
  const byKey = find((r) => r.operator === 'exists' || r.operator === '>' || r.operator === '<');
  return [byKey === undefined ? anyPlace(namespace) : keyPlace(namespace, byKey.key)];
}
