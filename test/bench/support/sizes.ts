/** How much each workload does: in full for the report, or a little of everything to see that it works. */
export interface Sizes {
  /** A B A B: how often each side runs. */
  readonly rounds: number;
  /** Endpoints in the namespace that is listed, and in the store altogether. */
  readonly listed: number;
  readonly stored: number;
  readonly lists: number;
  /** Lists that answer 1 % of the namespace: cheaper, so more of them. */
  readonly selections: number;
  readonly gets: number;
  /** Objects created, updated and patched a round. */
  readonly writes: number;
  readonly watchers: number;
  /** Writes that every watcher sees, as fast as they go; and at a steady rate, for the delay. */
  readonly burstEvents: number;
  readonly steadyEvents: number;
  /** Pods that become ready ten a second, and all at once. */
  readonly steadyPods: number;
  readonly burstPods: number;
}

export const full: Sizes = {
  rounds: 3,
  listed: 10_000,
  stored: 100_000,
  lists: 3,
  selections: 20,
  gets: 2_500,
  writes: 600,
  watchers: 1_000,
  burstEvents: 100,
  steadyEvents: 60,
  steadyPods: 100,
  burstPods: 500,
};

export const smoke: Sizes = {
  rounds: 1,
  listed: 300,
  stored: 500,
  lists: 2,
  selections: 5,
  gets: 200,
  writes: 64,
  watchers: 200,
  burstEvents: 5,
  steadyEvents: 5,
  steadyPods: 5,
  burstPods: 10,
};
