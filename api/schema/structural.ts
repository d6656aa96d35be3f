/**
 * The three steps from a decoded request to an object that a strategy may look at, in this order:
 *
 *     decoded ── prune ──► known fields only ── applyDefaults ──► complete ── validateStructure ──► typed
 *
 * `validateStructure` returning nothing is what makes it right to treat the value as the kind's type.
 */
export { applyDefaults } from './defaults.ts';
export { maxUnknownFields, type Pruned, prune } from './prune.ts';
export { maxFieldErrors, validateStructure } from './validation.ts';
