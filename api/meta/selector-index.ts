/**
 * Which selectors match which labelled things: kept up one change at a time, asked from both sides.
 *
 *   selector ──filed once, under a label it asks for──► place ◄──carried, one for each label── thing
 *
 * 1. A thing is compared with the selectors filed under its labels, not with every selector.
 * 2. A selector is compared with the carriers of the rarest label that it asks for, not with every thing.
 * 3. Each selector has exactly the things that a comparison of all with all would find.
 * 4. Selectors and things meet within one namespace only, and what is deleted leaves nothing behind.
 */
import { matchesLabels } from './labels.ts';
import type { LabelRequirement, LabelRequirements } from './selectors.ts';

export type Labels = Readonly<Record<string, string>>;

export class SelectorIndex<Thing> {
  readonly #scopes = new Map<string, Scope<Thing>>();

  /** Whether nothing at all is kept. */
  get isEmpty(): boolean {
    return this.#scopes.size === 0;
  }

  /** Files or replaces a selector. */
  setSelector(namespace: string, name: string, requirements: LabelRequirements): void {
    this.#scope(namespace).setSelector(name, requirements);
  }

  deleteSelector(namespace: string, name: string): void {
    this.#scopes.get(namespace)?.deleteSelector(name);
    this.#tidy(namespace);
  }

  /**
   * Files or replaces a thing.
   * @returns names of the selectors that matched it before, or match it now
   */
  set(namespace: string, name: string, labels: Labels | undefined, thing: Thing): ReadonlySet<string> {
    return this.#scope(namespace).set(name, labels ?? {}, thing);
  }

  /** @returns names of the selectors that matched it */
  delete(namespace: string, name: string): ReadonlySet<string> {
    const touched = this.#scopes.get(namespace)?.delete(name) ?? new Set();
    this.#tidy(namespace);
    return touched;
  }

  /** What a filed selector matches; nothing for one that is not filed. Costs what it returns. */
  matched(namespace: string, selector: string): Thing[] {
    return [...(this.#scopes.get(namespace)?.selectors.get(selector)?.matched.values() ?? [])];
  }

  /** What a selector would match, without filing it. */
  select(namespace: string, requirements: LabelRequirements): Thing[] {
    return [...(this.#scopes.get(namespace)?.select(requirements).values() ?? [])];
  }

  #scope(namespace: string): Scope<Thing> {
    const found = this.#scopes.get(namespace) ?? new Scope<Thing>();
    this.#scopes.set(namespace, found);
    return found;
  }

  #tidy(namespace: string): void {
    if (this.#scopes.get(namespace)?.isEmpty === true) this.#scopes.delete(namespace);
  }
}

interface Selector<Thing> {
  readonly requirements: LabelRequirements;
  readonly places: readonly Place[];
  readonly matched: Map<string, Thing>;
}

interface Filed<Thing> {
  readonly labels: Labels;
  readonly thing: Thing;
}

/** One namespace. */
class Scope<Thing> {
  readonly selectors = new Map<string, Selector<Thing>>();
  readonly things = new Map<string, Filed<Thing>>();
  /** Names of the selectors filed under a place. */
  readonly #filed = new Buckets();
  /** Names of the things that carry a label. */
  readonly #carriers = new Buckets();

  get isEmpty(): boolean {
    const parts = [this.selectors, this.things, this.#filed, this.#carriers];
    return parts.every(({ size }) => size === 0);
  }

  setSelector(name: string, requirements: LabelRequirements): void {
    this.deleteSelector(name);
    const places = this.#emptiestPlaces(requirements);
    for (const place of places) this.#filed.add(place, name);
    this.selectors.set(name, { requirements, places, matched: this.select(requirements) });
  }

  deleteSelector(name: string): void {
    for (const place of this.selectors.get(name)?.places ?? []) this.#filed.delete(place, name);
    this.selectors.delete(name);
  }

  set(name: string, labels: Labels, thing: Thing): ReadonlySet<string> {
    const before = this.things.get(name);
    this.things.set(name, { labels, thing });
    const now = this.#matching(labels);
    for (const selector of now) this.selectors.get(selector)?.matched.set(name, thing);
    if (before !== undefined && isSame(before.labels, labels)) return now;
    const touched = new Set(now);
    if (before !== undefined) {
      for (const selector of this.#matching(before.labels)) {
        touched.add(selector);
        if (!now.has(selector)) this.selectors.get(selector)?.matched.delete(name);
      }
      for (const [key, value] of Object.entries(before.labels))
        this.#carriers.delete(valuePlace(key, value), name);
    }
    for (const [key, value] of Object.entries(labels)) this.#carriers.add(valuePlace(key, value), name);
    return touched;
  }

  delete(name: string): ReadonlySet<string> {
    const before = this.things.get(name);
    if (before === undefined) return new Set();
    this.things.delete(name);
    const touched = this.#matching(before.labels);
    for (const selector of touched) this.selectors.get(selector)?.matched.delete(name);
    for (const [key, value] of Object.entries(before.labels))
      this.#carriers.delete(valuePlace(key, value), name);
    return touched;
  }

  select(requirements: LabelRequirements): Map<string, Thing> {
    const found = new Map<string, Thing>();
    for (const name of this.#fewestCandidates(requirements)) {
      const filed = this.things.get(name);
      if (filed !== undefined && matchesLabels(requirements, filed.labels)) found.set(name, filed.thing);
    }
    return found;
  }

  #matching(labels: Labels): Set<string> {
    const found = new Set<string>();
    const look = (place: Place): void => {
      for (const name of this.#filed.at(place)) {
        const selector = this.selectors.get(name);
        if (selector !== undefined && matchesLabels(selector.requirements, labels)) found.add(name);
      }
    };
    look(anyPlace);
    for (const [key, value] of Object.entries(labels)) {
      look(key);
      look(valuePlace(key, value));
    }
    return found;
  }

  /**
   * Where to file a selector: where the fewest others are, since many selectors share a label (`managed-by`)
   * and would all be looked at for its sake. A place of values before one of a key, a key before none.
   */
  #emptiestPlaces(requirements: LabelRequirements): readonly Place[] {
    const choices = requirements.filter(asksForValues).map(valuePlaces);
    if (choices.length > 0) return fewest(choices, (place) => this.#filed.at(place).size);
    const byKey = requirements.find(asksForKey);
    return [byKey === undefined ? anyPlace : byKey.key];
  }

  #fewestCandidates(requirements: LabelRequirements): Iterable<string> {
    const choices = requirements.filter(asksForValues).map(valuePlaces);
    if (choices.length === 0) return this.things.keys();
    return fewest(choices, (place) => this.#carriers.at(place).size).flatMap((place) => [
      ...this.#carriers.at(place),
    ]);
  }
}

/** `key=value`, `key`, or '' for what asks for no label: a key holds no '='. */
type Place = string;

const anyPlace: Place = '';
const valuePlace = (key: string, value: string): Place => `${key}=${value}`;
const valuePlaces = ({ key, values }: LabelRequirement): Place[] => values.map((v) => valuePlace(key, v));

const asksForValues = ({ operator }: LabelRequirement): boolean => operator === '=' || operator === 'in';
const asksForKey = ({ operator }: LabelRequirement): boolean =>
  operator === 'exists' || operator === '>' || operator === '<';

/** The choice whose places hold the least together. */
function fewest(choices: readonly Place[][], sizeAt: (place: Place) => number): readonly Place[] {
  let best: { readonly places: readonly Place[]; readonly size: number } | undefined;
  for (const places of choices) {
    const size = places.reduce((sum, place) => sum + sizeAt(place), 0);
    if (best === undefined || size < best.size) best = { places, size };
  }
  return best?.places ?? [];
}

function isSame(a: Labels, b: Labels): boolean {
  const keys = Object.keys(a);
  return (
    keys.length === Object.keys(b).length && keys.every((key) => Object.hasOwn(b, key) && a[key] === b[key])
  );
}

const nothing: ReadonlySet<string> = new Set();

/** Sets of names by place; an empty one is not kept. */
class Buckets {
  readonly #names = new Map<Place, Set<string>>();

  get size(): number {
    return this.#names.size;
  }

  at(place: Place): ReadonlySet<string> {
    return this.#names.get(place) ?? nothing;
  }

  add(place: Place, name: string): void {
    const names = this.#names.get(place);
    if (names === undefined) this.#names.set(place, new Set([name]));
    else names.add(name);
  }

  delete(place: Place, name: string): void {
    const names = this.#names.get(place);
    names?.delete(name);
    if (names?.size === 0) this.#names.delete(place);
  }
}
