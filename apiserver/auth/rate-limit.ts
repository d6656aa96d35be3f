/**
 * A token bucket: `perSecond` on average, `burst` at once, callers beyond that wait their turn. Keeps a flood of
 * unknown tokens or users from becoming a flood of reviews at kube-apiserver.
 */
export interface RateLimitOptions {
  readonly perSecond: number;
  readonly burst: number;
  /** Milliseconds. */
  readonly now: () => number;
  readonly sleep: (milliseconds: number) => Promise<void>;
}

/** @returns a function that resolves when the caller may go on */
export function rateLimit(options: RateLimitOptions): () => Promise<void> {
  const spacing = 1000 / options.perSecond;
  // When the bucket would be full again; the classic "theoretical arrival time" of a leaky bucket.
  let full = options.now();
  return async () => {
    const now = options.now();
    full = Math.max(full, now) + spacing;
    const wait = full - now - options.burst * spacing;
    if (wait > 0) await options.sleep(wait);
  };
}
