/** Name-based UUIDs (RFC 9562 §5.5, version 5): the same name in the same space is the same UUID, on every replica. */
import { createHash } from 'node:crypto';
import type { Uid } from '../../api/meta/types.ts';

/** @param space a UUID; anything else is hashed as text, so that the result is still stable */
export function uuidV5(space: string, name: string): Uid {
  const hex = space.replaceAll('-', '');
  const spaceBytes = /^[0-9a-f]{32}$/i.test(hex) ? Buffer.from(hex, 'hex') : Buffer.from(space, 'utf8');
  const hash = createHash('sha1').update(spaceBytes).update(name, 'utf8').digest().subarray(0, 16);
  hash.writeUInt8((hash.readUInt8(6) & 0x0f) | 0x50, 6);
  hash.writeUInt8((hash.readUInt8(8) & 0x3f) | 0x80, 8);
  const text = hash.toString('hex');
  const parts = [text.slice(0, 8), text.slice(8, 12), text.slice(12, 16), text.slice(16, 20), text.slice(20)];
  return parts.join('-') as Uid;
}
