/**
 * A bounded cache of answers with one expiry, and one flight a key: callers that ask while the answer is being
 * fetched share it. Failures are not kept, so that a recovered server is asked again at once.
 */
export interface ExpiringCacheOptions {
  /** Least recently used entries beyond this many are dropped. */
  readonly maximumEntries: number;
  readonly milliseconds: number;
  /** Milliseconds, monotonic or not. */
  readonly now: () => number;
}

interface Slot<V> {
  readonly value: V;
  readonly expires: number;
}

export class ExpiringCache<V> {
  readonly #options: ExpiringCacheOptions;
  readonly #slots = new Map<string, Slot<V>>();
  readonly #flights = new Map<string, Promise<V>>();

  constructor(options: ExpiringCacheOptions) {
    this.#options = options;
  }

  /** @throws whatever `load` throws */
  async get(key: string, load: () => Promise<V>): Promise<V> {
    const slot = this.#slots.get(key);
    if (slot !== undefined && slot.expires > this.#options.now()) {
      this.#slots.delete(key);
      this.#slots.set(key, slot);
      return slot.value;
    }
    const flying = this.#flights.get(key);
    if (flying !== undefined) return flying;
    const flight = load()
      .then((value) => {
        this.#keep(key, value);
        return value;
      })
      .finally(() => this.#flights.delete(key));
    this.#flights.set(key, flight);
    return flight;
  }

  #keep(key: string, value: V): void {
    const { now, milliseconds, maximumEntries } = this.#options;
    this.#slots.delete(key);
    this.#slots.set(key, { value, expires: now() + milliseconds });
    for (const oldest of this.#slots.keys()) {
      if (this.#slots.size <= maximumEntries) break;
      this.#slots.delete(oldest);
    }
  }
}
