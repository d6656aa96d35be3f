/** Stand-ins for what controllers keep notes in: ConfigMap, Event, Lease. */
import { Type } from '@sinclair/typebox';
import type { Kind } from '../kind.ts';
import { flag, freeForm, integer, mapOf, text as requiredText } from '../schema/blocks.ts';
import { kindSchema } from '../schema/refs.ts';
import { coreKind } from './define.ts';
import { configMapMessage } from './protobuf/config-map.ts';
import type { ConfigMap, CoreEvent, Lease, ObjectReference } from './types.ts';

const optional = Type.Optional;
const text = (description: string) => optional(requiredText(description));

export const configMapKind: Kind<ConfigMap> = coreKind<ConfigMap>({
  kind: 'ConfigMap',
  plural: 'configmaps',
  shortNames: ['cm'],
  namespaced: true,
  protobuf: configMapMessage,
  schema: kindSchema('ConfigMap holds settings.', {
    data: optional(mapOf(Type.String(), 'Texts by key.')),
    binaryData: optional(mapOf(Type.String(), 'Bytes in base64 by key.')),
    immutable: optional(flag('Whether the data may no longer change.')),
  }),
  columns: [
    {
      name: 'Data',
      type: 'integer',
      description: 'How many keys.',
      cell: (c) => Object.keys(c.data ?? {}).length + Object.keys(c.binaryData ?? {}).length,
    },
  ],
});

const about = (field: keyof ObjectReference) => (event: CoreEvent) => event.involvedObject[field] ?? '';

export const eventKind: Kind<CoreEvent> = coreKind<CoreEvent>({
  kind: 'Event',
  plural: 'events',
  shortNames: ['ev'],
  namespaced: true,
  schema: kindSchema('Event is a report that something happened to an object.', {
    involvedObject: freeForm('The object that it is about.'),
    reason: text('A short, CamelCase word for why.'),
    message: text('A sentence for people.'),
    type: text('Normal or Warning.'),
    count: optional(integer('How often it happened.')),
    firstTimestamp: text('When it first happened.'),
    lastTimestamp: text('When it last happened.'),
    eventTime: text('When it happened, with microseconds.'),
    source: optional(freeForm('Who reports.')),
    series: optional(freeForm('Repetition.')),
    related: optional(freeForm('A second object.')),
    reportingComponent: text('Who reports.'),
    reportingInstance: text('Which instance of it.'),
    action: text('What was done.'),
  }),
  fieldSelectors: {
    'involvedObject.kind': about('kind'),
    'involvedObject.namespace': about('namespace'),
    'involvedObject.name': about('name'),
    'involvedObject.uid': about('uid'),
    'involvedObject.apiVersion': about('apiVersion'),
    'involvedObject.resourceVersion': about('resourceVersion'),
    'involvedObject.fieldPath': about('fieldPath'),
    reason: (e) => e.reason ?? '',
    reportingComponent: (e) => e.reportingComponent ?? '',
    source: (e) => e.source?.component ?? '',
    type: (e) => e.type ?? '',
  },
  columns: [
    { name: 'Type', description: 'Normal or Warning.', cell: (e) => e.type ?? '' },
    { name: 'Reason', description: 'Why.', cell: (e) => e.reason ?? '' },
    {
      name: 'Object',
      description: 'What it is about.',
      cell: (e) => `${(e.involvedObject.kind ?? '').toLowerCase()}/${e.involvedObject.name ?? ''}`,
    },
    { name: 'Message', description: 'What happened.', cell: (e) => (e.message ?? '').trim() },
  ],
});

export const leaseKind: Kind<Lease> = coreKind<Lease>({
  group: 'coordination.k8s.io',
  kind: 'Lease',
  plural: 'leases',
  namespaced: true,
  schema: kindSchema('Lease says who holds a role.', {
    spec: optional(
      Type.Object(
        {
          holderIdentity: text('Who holds it.'),
          leaseDurationSeconds: optional(integer('How long without a renewal, in s.')),
          acquireTime: text('Since when.'),
          renewTime: text('Last renewal.'),
          leaseTransitions: optional(integer('How often it changed hands.')),
          strategy: text('How the holder is chosen.'),
          preferredHolder: text('Who should take over.'),
        },
        { description: 'Who, and until when.' },
      ),
    ),
  }),
  columns: [{ name: 'Holder', description: 'Who holds it.', cell: (l) => l.spec?.holderIdentity ?? '' }],
});
