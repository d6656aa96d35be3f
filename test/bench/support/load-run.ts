/** The load process's requests: as many at once as asked for, or one every so often. */
import type { ClientHttp2Session } from 'node:http2';
import { setTimeout as delay } from 'node:timers/promises';
import { answered, openSession, send } from './connections.ts';
import { percentile } from './measure.ts';
import type { RunCommand, RunResult, Target } from './protocol.ts';

const RESOURCE_VERSION = /"resourceVersion":"(\d+)"/;

const sessions = new Map<string, Promise<ClientHttp2Session>>();
/** By origin: the resourceVersion of each number's object. */
const versions = new Map<string, string[]>();

/** One connection a server is what a client has; it is kept for the next command. */
async function sessionOf(target: Target): Promise<ClientHttp2Session> {
  const known = await sessions.get(target.origin);
  if (known !== undefined && !known.closed && !known.destroyed) return known;
  const opened = openSession(target);
  sessions.set(target.origin, opened);
  return opened;
}

function versionsOf(origin: string): string[] {
  let list = versions.get(origin);
  if (list === undefined) {
    list = [];
    versions.set(origin, list);
  }
  return list;
}

/** @throws with the first answer that is not 2xx */
export async function run(command: RunCommand): Promise<RunResult> {
  const { target, method, total, inFlight, contentType = 'application/json' } = command;
  const session = await sessionOf(target);
  const known = versionsOf(target.origin);
  const latencies: number[] = [];
  let bytes = 0;
  let next = 0;

  const one = async (sequence: number): Promise<void> => {
    const number = sequence % (command.distinct ?? total);
    const fill = (text: string): string =>
      text
        .replaceAll('{i}', String(number))
        .replaceAll('{rv}', known[number] ?? '')
        .replaceAll('{now}', String(process.hrtime.bigint()));
    const body = command.body === undefined ? undefined : fill(command.body);
    const exchange = { method, path: fill(command.path), body, contentType };
    const began = performance.now();
    const answer = await answered(send(session, exchange), exchange);
    latencies.push(performance.now() - began);
    bytes += answer.bytes;
    if (method !== 'GET') known[number] = RESOURCE_VERSION.exec(answer.head)?.[1] ?? '';
  };
  const worker = async (): Promise<void> => {
    while (next < total) await one(next++);
  };

  const started = performance.now();
  if (command.intervalMilliseconds === undefined) await Promise.all(Array.from({ length: inFlight }, worker));
  else await paced(total, command.intervalMilliseconds, one);
  return {
    seconds: (performance.now() - started) / 1000,
    bytes,
    p50Milliseconds: percentile(latencies, 0.5),
    p99Milliseconds: percentile(latencies, 0.99),
  };
}

/** Open loop: a slow answer does not keep the next request from being sent in its time. */
export async function paced(
  total: number,
  intervalMilliseconds: number,
  one: (sequence: number) => Promise<void>,
): Promise<void> {
  const started = performance.now();
  const all: Promise<void>[] = [];
  for (let i = 0; i < total; i++) {
    const ahead = started + i * intervalMilliseconds - performance.now();
    if (ahead > 0) await delay(ahead);
    all.push(one(i));
  }
  await Promise.all(all);
}
