/**
 * Words for stand-in kinds that are stored as they come and yet merge as core/v1 declares: kubectl makes patches
 * of Pods and Nodes by what it knows of them, and relies on the server to know the same.
 */
import { type TArray, type TObject, type TProperties, Type } from '@sinclair/typebox';
import type { Keywords } from '../schema/blocks.ts';

/** An object with some known fields that keeps all others. */
export const openObject = <P extends TProperties>(properties: P, description: string): TObject<P> =>
  Type.Object(properties, { description, 'x-kubernetes-preserve-unknown-fields': true });

/**
 * A list that strategic merge merges by `key`. Nothing is asked of its items: core, too, only warns of two
 * environment variables with one name.
 */
export const mergedBy = (
  key: string,
  description: string,
  properties: TProperties = {},
  keywords: Keywords = {},
): TArray =>
  Type.Array(openObject(properties, 'One item.'), {
    description,
    'x-kubernetes-list-type': 'atomic',
    'x-kubernetes-patch-strategy': 'merge',
    'x-kubernetes-patch-merge-key': key,
    ...keywords,
  });
