/**
 * Subsets at the revision of the caches, each computed and encoded once for all watches of a place: 500 watches
 * of `.any` cost one answer. Kept for places that are watched, and until something touches the group.
 */
import { formatSubsetName, type SubsetPlace } from '../../api/services/v3alpha1/endpoint-subset/name.ts';
import type { EndpointSubset, ServiceGroup } from '../../api/services/v3alpha1/types.ts';
import type { SubsetIndex, Touched } from './subset-index.ts';
import { computeSubset, contentOf } from './subset-object.ts';
import { groupKey, type SubsetSource } from './subset-source.ts';

export interface Answer {
  readonly subset: EndpointSubset;
  /** Equal for equal subsets. */
  readonly content: string;
}

export type ComputeSubset = typeof computeSubset;

export function answerAt(
  source: SubsetSource,
  group: ServiceGroup,
  place: SubsetPlace,
  compute: ComputeSubset = computeSubset,
): Answer {
  const subset = compute(source, group, place);
  return { subset, content: contentOf(subset) };
}

/** The answers for one place, as one watch holds them. */
export interface PlaceAnswers {
  /** @param source the index's, taken in this turn of the event loop */
  of(source: SubsetSource, group: ServiceGroup): Answer;
  close(): void;
}

interface WatchedPlace {
  readonly place: SubsetPlace;
  /** By the key of the group. */
  readonly answers: Map<string, Answer>;
  watches: number;
}

export class SharedAnswers {
  readonly #compute: ComputeSubset;
  readonly #places = new Map<string, WatchedPlace>();

  constructor(index: Pick<SubsetIndex, 'subscribe'>, compute: ComputeSubset = computeSubset) {
    this.#compute = compute;
    index.subscribe((touched) => this.#forget(touched));
  }

  /** Places that are kept: those that somebody watches. */
  get places(): number {
    return this.#places.size;
  }

  open(place: SubsetPlace): PlaceAnswers {
    const text = formatSubsetName({ group: '', place });
    const watched = this.#places.get(text) ?? { place, answers: new Map(), watches: 0 };
    this.#places.set(text, watched);
    watched.watches += 1;
    return {
      of: (source, group) => this.#answer(watched, source, group),
      close: () => {
        watched.watches -= 1;
        if (watched.watches === 0) this.#places.delete(text);
      },
    };
  }

  #answer({ answers, place }: WatchedPlace, source: SubsetSource, group: ServiceGroup): Answer {
    const key = groupKey(group.metadata.namespace ?? '', group.metadata.name ?? '');
    const answer = answers.get(key) ?? answerAt(source, group, place, this.#compute);
    answers.set(key, answer);
    return answer;
  }

  #forget({ groups, nodes }: Touched): void {
    for (const { place, answers } of this.#places.values()) {
      if (place.kind === 'node' && nodes.has(place.nodeName)) answers.clear();
      else for (const group of groups) answers.delete(group);
    }
  }
}
