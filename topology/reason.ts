/** Why a subset holds what it holds, in words that an operator understands. Pure. */
import type { ClientPlace } from './subset.ts';

/** What the computation found, as counts. */
export interface Finding {
  /** Backends of the group for this port and family, whatever their state. */
  readonly members: number;
  readonly candidates: number;
  readonly chosen: number;
  /** Candidates are serving endpoints that shut down, for want of others. */
  readonly fallback: boolean;
  /** Every candidate is ready; otherwise the group publishes others as well. */
  readonly allReady: boolean;
  /** Only endpoints on the client's node count. */
  readonly localOnly: boolean;
  readonly family: string;
  readonly client: ClientPlace;
}

export function reasonText(finding: Finding): string {
  const { members, candidates, chosen, fallback, allReady, localOnly, family, client } = finding;
  if (members === 0) return `no endpoint with an ${family} address and this port`;
  if (candidates === 0) return `none of ${count(members, 'endpoint')} is ready`;
  const kind = fallback
    ? 'serving, terminating endpoint'
    : allReady
      ? 'ready endpoint'
      : 'published endpoint';
  const all = candidates === 1 ? `the one ${kind}` : `all ${count(candidates, kind)}`;
  const prefix = fallback ? 'TerminatingFallback: none is ready; ' : '';
  if (!localOnly) return `${prefix}${all}; no policy applies`;
  if (chosen === 0)
    return `${prefix}NodeLocal: none of ${count(candidates, kind)} is on node ${client.nodeName}`;
  return `${prefix}NodeLocal: ${chosen} of ${count(candidates, kind)} ${chosen === 1 ? 'is' : 'are'} on node ${client.nodeName}`;
}

const count = (n: number, noun: string): string => `${n} ${noun}${n === 1 ? '' : 's'}`;
