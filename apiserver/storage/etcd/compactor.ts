/**
 * Which of several replicas compacts: each round, the first to move the marker from where all have last seen it
 * (upstream: storage/etcd3/compact.go).
 */
import type { EtcdConnection } from './client.ts';

/** Beside the prefix, not under it: no watch or range of ours sees it. */
const MARKER_SUFFIX = '~compaction';

/** @returns what asks for the next round: true for the one replica that is to compact */
export function claimRound(connection: EtcdConnection, prefix: string): () => Promise<boolean> {
  const key = Buffer.from(`${prefix}${MARKER_SUFFIX}`);
  let seen = '0';
  return async () => {
    const { header, succeeded, responses } = await connection.txn({
      compare: [{ key, result: 'Equal', target: 'Mod', mod_revision: seen }],
      success: [{ request_put: { key, value: Buffer.alloc(0) } }],
      failure: [{ request_range: { key } }],
    });
    seen = succeeded ? header.revision : (responses[0]?.response_range?.kvs[0]?.mod_revision ?? '0');
    return succeeded;
  };
}
