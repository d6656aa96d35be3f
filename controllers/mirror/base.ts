/**
 * The last state both sides agreed on (ServiceMirror.status.base), and what it is needed for when v1 is read:
 * facts that v1 cannot carry exactly.
 */
import { isDeepStrictEqual } from 'node:util';
import { fromLeaves, type LeafPath, leaves, portLeaves } from './leaves.ts';
import type { PortKey, ServiceModel } from './model.ts';
import { v1Ports } from './port-range.ts';

/** exact: v1 says the same. encoded: v1 says it in another form. absent: v1 does not say it. */
export type Carried = 'exact' | 'encoded' | 'absent';

export interface Loss {
  readonly field: string;
  readonly reason: string;
}

export interface Base {
  readonly model: ServiceModel;
  /** Only leaves that are not carried exactly are listed. */
  readonly carried: Readonly<Partial<Record<LeafPath, Carried>>>;
  readonly v1: {
    /** Of the v1 Service. Another uid: base and stash are dropped. */
    readonly uid: string;
  };
  /** Identity of the cluster this base was made in (`store-identity.ts`). */
  readonly store: string;
}

/**
 * What v1 says now, with base's value for each fact that v1 does not carry exactly and still says as it was
 * written last.
 * @param encode what reading v1 gives right after base's model was written
 */
export function restoreEncoded(
  read: ServiceModel,
  base: Base,
  encode: (model: ServiceModel) => ServiceModel,
): ServiceModel {
  const paths = Object.keys(base.carried) as LeafPath[];
  if (paths.length === 0) return read;
  const now = leaves(read);
  const written = leaves(encode(base.model));
  const agreed = leaves(base.model);
  const result = new Map(now);
  for (const [key, singles] of v1Ports(base.model)) {
    const keys = singles.map((single) => single.key);
    const renamed = keys.length !== 1 || keys[0] !== key;
    const at = (k: PortKey): LeafPath[] => portLeaves.map((leaf): LeafPath => `ports[${k}].${leaf}`);
    if (!renamed || !keys.flatMap(at).every((p) => isDeepStrictEqual(now.get(p), written.get(p)))) continue;
    for (const path of keys.flatMap(at)) result.delete(path);
    for (const path of at(key)) result.set(path, agreed.get(path));
    // A range has one node port in v3: the one of its first port.
    const nodePort = now.get(`status.nodePorts[${keys[0]}]`);
    for (const single of keys) result.delete(`status.nodePorts[${single}]`);
    if (nodePort !== undefined) result.set(`status.nodePorts[${key}]`, nodePort);
  }
  for (const path of paths) {
    const untouched = isDeepStrictEqual(now.get(path), written.get(path));
    const partOfPort = path.startsWith('ports[') && !result.has(path);
    if (!untouched || partOfPort) continue;
    if (agreed.has(path)) result.set(path, agreed.get(path));
    else result.delete(path);
  }
  return fromLeaves(read, result);
}
