/**
 * Which endpoints a client at one place may use, for one ServicePort and one address family: the pure
 * function that everything computed about topology agrees with. No clock, no I/O.
 *
 * Steps are numbered as in `README.md`; policies and tiers (4 to 6) choose among the candidates of step 3.
 * Parity: kube-proxy `pkg/proxy/topology.go`, CategorizeEndpoints.
 */
import type { SubsetTarget, TargetUse } from '../api/services/v3alpha1/endpoint-subset/schema.ts';
import type { AddressFamily } from '../api/services/v3alpha1/service-group/schema.ts';
import type { ServicePort } from '../api/services/v3alpha1/types.ts';
import { addressOf, type Member, resolvePort } from './members.ts';
import { type Finding, reasonText } from './reason.ts';

/** Where the client is. Nothing known: the view of `<group>.any`. */
export interface ClientPlace {
  readonly nodeName?: string;
  readonly zone?: string;
}

export interface Subset {
  readonly targets: readonly SubsetTarget[];
  /** Members named by a target, by name. */
  readonly chosen: readonly Member[];
  readonly reason: string;
  /** Whether any endpoint anywhere could take traffic: false = reject, true without a target = drop. */
  readonly hasAny: boolean;
}

interface Backend {
  readonly member: Member;
  readonly address: string;
  readonly port: number | undefined;
}

/**
 * @param members of the group (`membersOf`), sorted by name
 * @param port undefined for a group without ServicePorts: members count whatever they listen on
 */
export function subset(
  members: readonly Member[],
  port: ServicePort | undefined,
  family: AddressFamily,
  client: ClientPlace,
): Subset {
  const backends = distinct(backendsOf(members, port, family), client);
  const { candidates, fallback } = candidatesOf(backends);
  const cluster = new Set(candidates);
  const local = localOf(backends, candidates, client);
  const localOnly = isLocalOnly(port) && client.nodeName !== undefined;
  const targets: SubsetTarget[] = [];
  const chosen: Member[] = [];
  for (const backend of backends) {
    const use: TargetUse[] = [];
    if (!localOnly && cluster.has(backend)) use.push('Cluster');
    if (local.has(backend)) use.push('Local');
    if (use.length === 0) continue;
    chosen.push(backend.member);
    targets.push({
      endpoint: backend.member.name,
      ...(backend.port === undefined ? {} : { port: backend.port }),
      use,
    });
  }
  const finding: Finding = {
    members: backends.length,
    candidates: candidates.length,
    chosen: chosen.length,
    fallback,
    allReady: candidates.every((b) => b.member.state.ready),
    localOnly,
    family,
    client,
  };
  return { targets, chosen, reason: reasonText(finding), hasAny: candidates.length > 0 };
}

/** Step 1: an address of the family, and a port that resolves. */
function backendsOf(
  members: readonly Member[],
  port: ServicePort | undefined,
  family: AddressFamily,
): Backend[] {
  const found: Backend[] = [];
  for (const member of members) {
    const address = addressOf(member, family);
    if (address === undefined) continue;
    const target =
      port === undefined ? { resolved: true as const, port: undefined } : resolvePort(port, member.endpoint);
    if (target.resolved) found.push({ member, address, port: target.port });
  }
  return found;
}

/** Step 2: the same address and port twice (two slices, two pods on the host's network) is one backend. */
function distinct(backends: readonly Backend[], client: ClientPlace): Backend[] {
  const kept = new Map<string, Backend>();
  for (const backend of backends) {
    const key = `${backend.address} ${backend.port ?? ''}`;
    const other = kept.get(key);
    if (other === undefined || preference(backend, client) > preference(other, client))
      kept.set(key, backend);
  }
  return [...kept.values()].sort((a, b) => (a.member.name < b.member.name ? -1 : 1));
}

/** On the client's node before anything else, then a candidate; equal: the first by name, which came first. */
function preference({ member }: Backend, client: ClientPlace): number {
  const local = client.nodeName !== undefined && member.nodeName === client.nodeName;
  return (local ? 2 : 0) + (member.state.admitted ? 1 : 0);
}

/** Step 3: who may get traffic; without any, those that still serve while they shut down. */
function candidatesOf(backends: readonly Backend[]): { candidates: Backend[]; fallback: boolean } {
  const admitted = backends.filter((b) => b.member.state.admitted);
  const weighted = admitted.filter((b) => b.member.weight > 0);
  if (weighted.length > 0) return { candidates: weighted, fallback: false };
  if (admitted.length > 0) return { candidates: admitted, fallback: false };
  const leaving = backends.filter(servesWhileTerminating);
  return { candidates: leaving, fallback: leaving.length > 0 };
}

const servesWhileTerminating = ({ member }: Backend): boolean =>
  member.state.serving && member.state.terminating;

/** Step 7: candidates on the client's node; none there: the serving and terminating ones there. */
function localOf(
  backends: readonly Backend[],
  candidates: readonly Backend[],
  client: ClientPlace,
): Set<Backend> {
  const { nodeName } = client;
  if (nodeName === undefined) return new Set();
  const here = (b: Backend): boolean => b.member.nodeName === nodeName;
  const local = candidates.filter(here);
  return new Set(local.length > 0 ? local : backends.filter((b) => here(b) && servesWhileTerminating(b)));
}

/**
 * NodeLocal binds all traffic of an inner door. At an outer door (node port, load balancer, external IP) it
 * binds traffic from outside, while traffic from pods and nodes may go anywhere: both uses are handed out.
 */
function isLocalOnly(port: ServicePort | undefined): boolean {
  if (port?.spec.delivery !== 'NodeLocal') return false;
  return port.spec.type === 'ClusterIP' || port.spec.type === 'Headless';
}
