/** Field numbers of what all objects share; source: apimachinery `pkg/apis/meta/v1/generated.proto`, v0.36. */
import { flag, integer, list, map, message, nested, present, text, time } from './message.ts';

const ownerReference = message({
  1: present(text('kind')),
  3: present(text('name')),
  4: present(text('uid')),
  5: present(text('apiVersion')),
  6: present(flag('controller')),
  7: present(flag('blockOwnerDeletion')),
});

/** Without managedFields and selfLink: no client may set them. */
export const objectMeta = message({
  1: text('name'),
  2: text('generateName'),
  3: text('namespace'),
  5: text('uid'),
  6: text('resourceVersion'),
  7: integer('generation'),
  8: time('creationTimestamp'),
  9: time('deletionTimestamp'),
  10: present(integer('deletionGracePeriodSeconds')),
  11: map('labels'),
  12: map('annotations'),
  13: list('ownerReferences', ownerReference),
  14: list('finalizers'),
});

export const metadata = nested('metadata', objectMeta);

export const condition = message({
  1: text('type'),
  2: text('status'),
  3: integer('observedGeneration'),
  4: time('lastTransitionTime'),
  5: text('reason'),
  6: text('message'),
});

export const deleteOptions = message({
  1: present(integer('gracePeriodSeconds')),
  2: nested('preconditions', message({ 1: present(text('uid')), 2: present(text('resourceVersion')) })),
  3: present(flag('orphanDependents')),
  4: present(text('propagationPolicy')),
  5: list('dryRun'),
});
