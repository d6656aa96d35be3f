/**
 * How TokenReview and SubjectAccessReview are asked: a deadline and a few retries of what may
 * pass (upstream: apiserver `pkg/util/webhook`, `pkg/server/options/authentication.go`).
 */
import { ApiError } from '../../api/meta/api-error.ts';
import { type Clock, sleep } from '../../client/clock.ts';
import type { ApiClient } from '../../client/types.ts';

export interface ReviewClient {
  /** POSTs a review and gives back the answer. @throws ApiError or a connection error, after the retries */
  create(groupVersion: string, plural: string, review: object): Promise<unknown>;
}

/** Whole time for one review, retries included, in milliseconds. */
const deadlineMilliseconds = 10_000;
/** First wait before a retry, in milliseconds; grows by half each time. */
const firstBackoffMilliseconds = 500;
const backoffFactor = 1.5;
const attempts = 5;
/** What a client for reviews should be limited to: a flood of unknown tokens must not become one of reviews. */
export const reviewRate = { perSecond: 200, burst: 400 } as const;

export type ReviewObserver = (kind: string, code: string, seconds: number) => void;

export function createReviewClient(
  client: ApiClient,
  clock: Clock,
  observe: ReviewObserver = () => {},
): ReviewClient {
  const attempt = async (path: string, plural: string, review: object, signal: AbortSignal) => {
    const began = clock.now();
    const seconds = () => (clock.now() - began) / 1000;
    try {
      const answer = await client.request('POST', path, { body: review, signal });
      observe(plural, '201', seconds());
      return answer;
    } catch (error) {
      observe(plural, error instanceof ApiError ? String(error.code) : '<error>', seconds());
      throw error;
    }
  };
  return {
    async create(groupVersion, plural, review) {
      const signal = AbortSignal.timeout(deadlineMilliseconds);
      let wait = firstBackoffMilliseconds;
      for (let tried = 1; ; tried++) {
        try {
          return await attempt(`/apis/${groupVersion}/${plural}`, plural, review, signal);
        } catch (error) {
          if (tried === attempts || signal.aborted || !mayPass(error)) throw error;
        }
        await sleep(clock, wait, signal);
        wait *= backoffFactor;
      }
    },
  };
}

/** An answer that says "no" stays no; a missing answer, an overload or a failing server may not. */
function mayPass(error: unknown): boolean {
  return !(error instanceof ApiError) || error.code >= 500 || error.code === 429;
}
