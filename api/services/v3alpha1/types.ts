/** The types of the group in one place, for those who read and write objects of several kinds. */
export type * from './endpoint/schema.ts';
export type * from './endpoint-subset/schema.ts';
export type * from './node-topology/schema.ts';
export type * from './service-group/schema.ts';
export type * from './service-mirror/schema.ts';
export type * from './service-port/schema.ts';
export type * from './topology-policy/schema.ts';
