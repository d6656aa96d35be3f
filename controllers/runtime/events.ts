/**
 * Tells people what happened to an object, as core Events (client-go `tools/record`).
 *
 * 1. The same event again raises the count of the first one instead of making another.
 * 2. One object gets a burst of events, then one every few minutes: a hot loop must not fill the store.
 * 3. Recording never fails and never waits: events that cannot be written are dropped and counted.
 */
import { createHash } from 'node:crypto';
import type { CoreEvent } from '../../api/core/types.ts';
import { isReason } from '../../api/meta/api-error.ts';
import { formatTime } from '../../api/meta/time.ts';
import type { KubeObject } from '../../api/meta/types.ts';
import type { Clock } from '../../client/clock.ts';
import type { ResourceClient } from '../../client/types.ts';
import { keyOf } from './object-key.ts';

export interface EventRecorder {
  /** @param reason one CamelCase word; @param message for people, cut to 1 KiB */
  event(object: KubeObject, type: 'Normal' | 'Warning', reason: string, message: string): void;
}

export interface RunningRecorder extends EventRecorder {
  /** Resolves when everything recorded so far is written or dropped. */
  flush(): Promise<void>;
  readonly dropped: number;
}

/** Events of one object at once; client-go's. */
const burst = 25;
/** Milliseconds until one more is allowed; client-go's 5 minutes. */
const refillMilliseconds = 300_000;
/** Bytes; what kube-apiserver accepts. */
const maxMessageLength = 1024;
/** Events that wait to be written. */
const maxWaiting = 1000;
/** Objects and events whose counts are remembered; oldest go first. */
const maxRemembered = 4096;
/** Milliseconds after which the same event is a new one. */
const sameEventMilliseconds = 600_000;

interface Series {
  readonly name: string;
  readonly first: number;
  count: number;
  last: number;
}

export function createEventRecorder(options: {
  readonly events: ResourceClient<CoreEvent>;
  readonly clock: Clock;
  /** Who reports, for example `services-v3-controllers`. */
  readonly component: string;
}): RunningRecorder {
  const { events, clock, component } = options;
  const budgets = new Map<string, { tokens: number; at: number }>();
  const seen = new Map<string, Series>();
  let waiting = 0;
  let dropped = 0;
  let tail: Promise<void> = Promise.resolve();

  function spend(key: string): boolean {
    const now = clock.now();
    const budget = budgets.get(key) ?? { tokens: burst, at: now };
    budget.tokens = Math.min(burst, budget.tokens + (now - budget.at) / refillMilliseconds);
    budget.at = now;
    remember(budgets, key, budget);
    if (budget.tokens < 1) return false;
    budget.tokens -= 1;
    return true;
  }

  function seriesOf(identity: string, object: KubeObject): { series: Series; isNew: boolean } {
    const now = clock.now();
    const known = seen.get(identity);
    if (known !== undefined && now - known.last < sameEventMilliseconds) {
      known.count += 1;
      known.last = now;
      return { series: known, isNew: false };
    }
    const hash = createHash('sha256').update(`${identity} ${now}`).digest('hex').slice(0, 16);
    const series = {
      name: `${(object.metadata.name ?? '').slice(0, 236)}.${hash}`,
      first: now,
      count: 1,
      last: now,
    };
    remember(seen, identity, series);
    return { series, isNew: true };
  }

  async function write(event: CoreEvent, isNew: boolean): Promise<void> {
    const { namespace, name = '' } = event.metadata;
    if (!isNew) {
      try {
        const patch = { count: event.count, lastTimestamp: event.lastTimestamp };
        await events.patch(namespace, name, 'merge', patch);
        return;
      } catch (error) {
        if (!isReason(error, 'NotFound')) throw error; // it expired: begin anew
      }
    }
    await events.create(event);
  }

  return {
    event(object, type, reason, message) {
      const source = `${object.kind} ${keyOf(object)} ${object.metadata.uid ?? ''}`;
      if (waiting >= maxWaiting || !spend(source)) {
        dropped += 1;
        return;
      }
      const text = message.slice(0, maxMessageLength);
      const { series, isNew } = seriesOf(`${source} ${type} ${reason} ${text}`, object);
      const event = eventOf(object, { type, reason, message: text, component, series });
      waiting += 1;
      tail = tail
        .then(() => write(event, isNew))
        .catch(() => {
          dropped += 1;
        })
        .finally(() => {
          waiting -= 1;
        });
    },
    flush: () => tail,
    get dropped() {
      return dropped;
    },
  };
}

function eventOf(
  object: KubeObject,
  facts: {
    readonly type: 'Normal' | 'Warning';
    readonly reason: string;
    readonly message: string;
    readonly component: string;
    readonly series: Series;
  },
): CoreEvent {
  const { name, namespace, uid, resourceVersion } = object.metadata;
  const { series } = facts;
  return {
    apiVersion: 'v1',
    kind: 'Event',
    // Events of cluster-scoped objects are kept in "default", where kubectl describe looks for them.
    metadata: { name: series.name, namespace: namespace ?? 'default' },
    involvedObject: {
      apiVersion: object.apiVersion,
      kind: object.kind,
      ...(name === undefined ? {} : { name }),
      ...(namespace === undefined ? {} : { namespace }),
      ...(uid === undefined ? {} : { uid }),
      ...(resourceVersion === undefined ? {} : { resourceVersion }),
    },
    type: facts.type,
    reason: facts.reason,
    message: facts.message,
    count: series.count,
    firstTimestamp: formatTime(new Date(series.first)),
    lastTimestamp: formatTime(new Date(series.last)),
    source: { component: facts.component },
    reportingComponent: facts.component,
  };
}

function remember<V>(map: Map<string, V>, key: string, value: V): void {
  map.delete(key);
  map.set(key, value);
  if (map.size <= maxRemembered) return;
  for (const oldest of map.keys()) {
    map.delete(oldest);
    return;
  }
}

export const silentRecorder: EventRecorder = { event() {} };
