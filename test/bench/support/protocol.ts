/** What the bench and its load process say to each other over Node's IPC channel. */

/** A server and who we are to it. PEM texts. */
export interface Target {
  readonly origin: string;
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

/**
 * Many requests of one shape. In `path` and `body`, `{i}` is the request's number, `{rv}` the resourceVersion
 * that the last write of that number answered with, `{now}` the monotonic clock in nanoseconds.
 */
export interface RunCommand {
  readonly op: 'run';
  readonly target: Target;
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly body?: string;
  readonly contentType?: string;
  readonly total: number;
  /** Numbers begin again after this many; `total` unless told. */
  readonly distinct?: number;
  readonly inFlight: number;
  /** Requests begin this far apart, instead of one as soon as another ends. */
  readonly intervalMilliseconds?: number;
}

export interface RunResult {
  readonly seconds: number;
  /** Of bodies, as they came. */
  readonly bytes: number;
  readonly p50Milliseconds: number;
  readonly p99Milliseconds: number;
}

/** Opens watchers and waits until each has its headers. */
export interface OpenWatchesCommand {
  readonly op: 'open-watches';
  readonly target: Target;
  readonly path: string;
  readonly watchers: number;
  readonly streamsPerConnection: number;
}

/** Waits until every watcher has seen this many events since the last such command. */
export interface AwaitEventsCommand {
  readonly op: 'await-events';
  readonly events: number;
}

export interface EventsResult {
  readonly deliveries: number;
  readonly bytes: number;
  /** From a write's beginning to its event at a watcher, over every `SAMPLED_WATCHERS`th watcher. */
  readonly p50Milliseconds: number;
  readonly p99Milliseconds: number;
}

export interface CloseWatchesCommand {
  readonly op: 'close-watches';
}

export type Command = RunCommand | OpenWatchesCommand | AwaitEventsCommand | CloseWatchesCommand;

/** The annotation by which a write tells when it began. */
export const SENT_ANNOTATION = 'bench/sent';
/** Reading times out of every event would make the client, not the server, the bottleneck. */
export const SAMPLED_WATCHERS = 20;

export interface Envelope {
  readonly id: number;
  readonly command: Command;
}

export interface Answer {
  readonly id: number;
  readonly result?: unknown;
  readonly error?: string;
}
