/**
 * How many requests are worked on at once. Reading and changing have their own share, so that a flood of lists
 * does not keep writes out (upstream: apiserver `pkg/server/filters/maxinflight.go`).
 */
export interface InFlightLimits {
  /** Requests at a time. */
  readonly reading: number;
  readonly changing: number;
}

export const defaultInFlightLimits: InFlightLimits = { reading: 400, changing: 200 };

export type InFlightKind = 'readOnly' | 'mutating';

const readingVerbs: ReadonlySet<string> = new Set(['get', 'list', 'watch', 'head', 'options']);

export const inFlightKind = (verb: string): InFlightKind =>
  readingVerbs.has(verb) ? 'readOnly' : 'mutating';

export class InFlight {
  readonly #limits: Readonly<Record<InFlightKind, number>>;
  readonly #now: Record<InFlightKind, number> = { readOnly: 0, mutating: 0 };

  constructor(limits: InFlightLimits = defaultInFlightLimits) {
    this.#limits = { readOnly: limits.reading, mutating: limits.changing };
  }

  current(kind: InFlightKind): number {
    return this.#now[kind];
  }

  /** @returns how to leave (once), or undefined when it is full */
  enter(kind: InFlightKind): (() => void) | undefined {
    if (this.#now[kind] >= this.#limits[kind]) return undefined;
    this.#now[kind]++;
    let inside = true;
    return () => {
      if (!inside) return;
      inside = false;
      this.#now[kind]--;
    };
  }
}
