/** The load process's watchers. They count events by their line ends; some read when their event was sent. */
import type { ClientHttp2Session } from 'node:http2';
import { openSession, send } from './connections.ts';
import { percentile } from './measure.ts';
import { type EventsResult, type OpenWatchesCommand, SAMPLED_WATCHERS, SENT_ANNOTATION } from './protocol.ts';

const LINE_END = 0x0a;
const SENT = `"${SENT_ANNOTATION}":"`;
const NANOSECONDS_PER_MILLISECOND = 1e6;
/** A handshake costs the server milliseconds: more at once would time each other out. */
const CONNECTIONS_AT_ONCE = 16;

interface Waiting {
  readonly deliveries: number;
  readonly resolve: (result: EventsResult) => void;
}

let sessions: ClientHttp2Session[] = [];
let watchers = 0;
let deliveries = 0;
let bytes = 0;
let delays: number[] = [];
let waiting: Waiting | undefined;
let failure: Error | undefined;

/** Resolves when every watcher has its headers. */
export async function openWatches(command: OpenWatchesCommand): Promise<void> {
  closeWatches();
  const { target, path, streamsPerConnection } = command;
  let left = command.watchers;
  const connectOne = async (): Promise<void> => {
    while (left > 0) {
      const streams = Math.min(left, streamsPerConnection);
      left -= streams;
      const session = await openSession(target);
      sessions.push(session);
      await Promise.all(Array.from({ length: streams }, () => openWatch(session, path)));
    }
  };
  await Promise.all(Array.from({ length: CONNECTIONS_AT_ONCE }, connectOne));
}

function openWatch(session: ClientHttp2Session, path: string): Promise<void> {
  const sampled = watchers++ % SAMPLED_WATCHERS === 0;
  const stream = send(session, { method: 'GET', path, body: undefined, contentType: '' });
  let rest = '';
  stream.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    deliveries += countLines(chunk);
    if (sampled) rest = readDelays(rest + chunk.toString('latin1'));
    settle();
  });
  return new Promise((resolve, reject) => {
    stream.once('response', (headers) => {
      if (headers[':status'] === 200) resolve();
      else reject(new Error(`the watch ${path} answered ${headers[':status']}`));
    });
    stream.once('error', reject);
    stream.once('end', () => {
      failure ??= new Error(`a watch of ${path} ended early`);
    });
  });
}

function countLines(chunk: Buffer): number {
  let count = 0;
  for (let at = chunk.indexOf(LINE_END); at >= 0; at = chunk.indexOf(LINE_END, at + 1)) count++;
  return count;
}

/** @returns what follows the last whole line */
function readDelays(text: string): string {
  const now = Number(process.hrtime.bigint());
  const lines = text.split('\n');
  const rest = lines.pop() ?? '';
  for (const line of lines) {
    const at = line.indexOf(SENT);
    if (at < 0) continue;
    const sent = Number(line.slice(at + SENT.length, line.indexOf('"', at + SENT.length)));
    delays.push((now - sent) / NANOSECONDS_PER_MILLISECOND);
  }
  return rest;
}

function settle(): void {
  if (waiting === undefined || deliveries < waiting.deliveries) return;
  const { resolve } = waiting;
  const result: EventsResult = {
    deliveries,
    bytes,
    p50Milliseconds: percentile(delays, 0.5),
    p99Milliseconds: percentile(delays, 0.99),
  };
  waiting = undefined;
  deliveries = 0;
  bytes = 0;
  delays = [];
  resolve(result);
}

/** @throws if a watch has ended */
export function awaitEvents(events: number): Promise<EventsResult> {
  if (failure !== undefined) throw failure;
  return new Promise((resolve) => {
    waiting = { deliveries: events * watchers, resolve };
    settle();
  });
}

export function closeWatches(): void {
  for (const session of sessions) session.destroy();
  sessions = [];
  watchers = 0;
  deliveries = 0;
  bytes = 0;
  delays = [];
  waiting = undefined;
  failure = undefined;
}
