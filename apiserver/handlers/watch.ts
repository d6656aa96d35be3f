/** Watch of a collection: a stream of JSON lines that ends when its time is up or the client leaves. */
import type { FieldRequirements } from '../../api/meta/selectors.ts';
import { mapIterator } from '../async-iterator.ts';
import type { ApiRequest, ApiResponse } from '../exchange.ts';
import { mediaTypes, negotiateStream } from '../negotiation/accept.ts';
import { createWatchEncoder } from '../negotiation/watch-encoding.ts';
import type { RequestContext, WatchEvent, WatchOptions } from '../registry/rest.ts';
import { namespaceOf } from './list.ts';
import { parseWatchOptions } from './list-options.ts';
import { contextOf, type HandlerScope, type Target } from './scope.ts';

/** Seconds that a watch stays open where the client does not say: at least this, at most twice as much. */
export const MIN_WATCH_SECONDS = 1800;

export async function watchObjects(
  scope: HandlerScope,
  request: ApiRequest,
  target: Target,
): Promise<ApiResponse> {
  const began = scope.clock.now();
  const format = negotiateStream(request);
  const { timeoutSeconds, ...asked } = parseWatchOptions(scope.kind, namespaceOf(target), request.query);
  const parsed = target.name === '' ? asked : { ...asked, fields: onlyNamed(asked.fields, target.name) };
  const encode = createWatchEncoder(format, scope, scope.sharedLines);
  const seconds =
    timeoutSeconds === 0 ? MIN_WATCH_SECONDS + scope.random.below(MIN_WATCH_SECONDS) : timeoutSeconds;
  const timeUp = new AbortController();
  const context: RequestContext = {
    ...contextOf(request),
    signal: AbortSignal.any([request.signal, timeUp.signal]),
  };
  const options: WatchOptions = { ...parsed, timeoutMilliseconds: seconds * 1000 };
  const events = await scope.resource.reader.watch(context, options);
  return {
    code: 200,
    headers: { 'content-type': mediaTypes.json },
    stream: lines(),
  };

  function report(batch: readonly WatchEvent[]): void {
    scope.watchMetrics.sent(scope.kind, batch.length);
    if (!batch.some((event) => event.type === 'BOOKMARK' && event.initialEventsEnd)) return;
    const seconds = (scope.clock.now() - began) / 1000;
    scope.watchMetrics.initialEventsSent(scope.kind, target.namespace !== '', seconds);
  }

  function lines(): AsyncIterable<Uint8Array> {
    let cancel: (() => void) | undefined;
    return mapIterator<readonly WatchEvent[], Uint8Array>({
      open: () => {
        cancel = scope.clock.after(options.timeoutMilliseconds, () => timeUp.abort());
        return events[Symbol.asyncIterator]();
      },
      change: (batch) => {
        if (batch.length === 0) return undefined;
        report(batch);
        return encode(batch);
      },
      finished: () => {
        cancel?.();
        // Whoever stops reading ends the watch behind it, wherever that waits.
        timeUp.abort();
      },
    });
  }
}

/** Of `/watch/…/<name>`: the path's name counts, beside whatever else the client selects by. */
const onlyNamed = (fields: FieldRequirements, name: string): FieldRequirements => [
  ...fields,
  { field: 'metadata.name', operator: '=', value: name },
];
