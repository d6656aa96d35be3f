/** ServiceMirror: the state and the control of one v1 Service's mirror. */
import { type Static, Type } from '@sinclair/typebox';
import { anyValue, atomicList, choice, flag, freeForm, text } from '../../../schema/blocks.ts';
import { time } from '../../../schema/refs.ts';
import { apiObject, struct, timedConditions } from '../struct.ts';

export const authorities = ['V1', 'V3', 'Shared'] as const;

export const mirrorPhases = ['Pending', 'Synced', 'Conflicted', 'Error'] as const;
export type MirrorPhase = (typeof mirrorPhases)[number];

export const mirrorSides = ['V1', 'V3'] as const;

const spec = struct(
  'ServiceMirrorSpec',
  'How the v1 Service of the same name is mirrored.',
  {
    authority: choice(
      authorities,
      'Which side wins when both differ. V1 (default): the v1 Service, v3 is a copy and edits there are reverted. V3: the v3 objects, the v1 Service is written from them. Shared: edits of both sides travel, v1 wins a conflict. services-v3 migrate and rollback change it.',
      { default: 'V1' },
    ),
    paused: flag('True stops all writes of the mirror, on both sides. Default false.', { default: false }),
    stash: Type.Optional(
      freeForm(
        'What the v1 Service says and v3 has no field for, kept for the way back. Written by the mirror; part of backups. Leave it alone.',
      ),
    ),
  },
  { default: {} },
);

const conflict = struct('MirrorConflict', 'One field that both sides changed differently.', {
  field: text('The field in words of the v1 Service, for example spec.ports[http].port.'),
  v1: Type.Optional(anyValue('What the v1 Service said; left out: nothing.')),
  v3: Type.Optional(anyValue('What the v3 objects said; left out: nothing.')),
  winner: choice(mirrorSides, 'The side whose value is in effect.'),
  time: time('When the conflict was found.'),
});

const loss = struct('MirrorLoss', 'One thing that does not translate.', {
  field: text('The field.'),
  reason: text('Why it does not translate, and what happens instead.'),
});

const status = struct(
  'ServiceMirrorStatus',
  'How far the mirror is. Written by it only; nothing is written at rest.',
  {
    phase: Type.Optional(
      choice(
        mirrorPhases,
        'Pending: not mirrored yet. Synced: both sides agree. Conflicted: they differed and one side won, see conflicts. Error: the mirror cannot work; the condition Synced says why (NameTaken, OriginMissing, …).',
      ),
    ),
    base: Type.Optional(
      freeForm(
        'The last state both sides agreed on, which a change is told by. Written by the mirror. Leave it alone.',
      ),
    ),
    objects: Type.Optional(
      freeForm('Which v3 object (kind, name, uid) carries which part of the Service. Written by the mirror.'),
    ),
    conflicts: Type.Optional(atomicList(conflict, 'Fields where the two sides differed, and who won.')),
    lossy: Type.Optional(atomicList(loss, 'What the other side cannot express.')),
    conditions: Type.Optional(
      timedConditions(
        'Synced: its lastTransitionTime is the time of the last change. For Error its reason says why.',
      ),
    ),
  },
);

export const serviceMirrorSchema = apiObject(
  'ServiceMirror',
  'ServiceMirror is the state and the control of one v1 Service’s mirror, by the Service’s name: which side is in charge, where both disagree, and what does not translate.',
  { spec, status: Type.Optional(status) },
);

export type ServiceMirror = Static<typeof serviceMirrorSchema>;
export type ServiceMirrorSpec = Static<typeof spec>;
export type ServiceMirrorStatus = Static<typeof status>;
export type MirrorConflict = Static<typeof conflict>;
export type MirrorLoss = Static<typeof loss>;
