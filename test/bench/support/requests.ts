/** Single requests of the bench itself, beside what is measured. */
import { getOk } from '../../support/control-plane.ts';
import type { Target } from './protocol.ts';

/** @throws unless the status is 200 */
export async function getJson<T>({ origin, ca, cert, key }: Target, path: string): Promise<T> {
  const text = await getOk(`${origin}${path}`, { ca, cert, key });
  if (text === undefined) throw new Error(`GET ${path} did not answer 200`);
  return JSON.parse(text) as T;
}

/** The version of a collection now, for watches to begin at. */
export async function currentVersion(target: Target, path: string): Promise<string> {
  const list = await getJson<{ metadata: { resourceVersion: string } }>(target, `${path}?limit=1`);
  return list.metadata.resourceVersion;
}
