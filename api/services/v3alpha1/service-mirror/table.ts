/** How `kubectl get sm` shows ServiceMirrors. */
import type { TableDefinition } from '../../../kind.ts';
import { age } from '../../../meta/duration.ts';
import { ageCell, ageColumn, column, nameCell, nameColumn } from '../columns.ts';
import type { ServiceMirror } from './schema.ts';

export const serviceMirrorTable: TableDefinition<ServiceMirror> = {
  columns: [
    nameColumn,
    column('Authority', 'Side that wins when both differ.'),
    column('Phase', 'How far the mirror is.'),
    column('Conflicts', 'Fields where the two sides differed.', 'integer'),
    column('Lossy', 'Things that do not translate.', 'integer'),
    column('Changed', 'Time since something was last mirrored.'),
    ageColumn,
  ],
  rows: (context) => (mirror) => {
    const { phase = 'Pending', conflicts = [], lossy = [], conditions = [] } = mirror.status ?? {};
    const synced = conditions.find(({ type }) => type === 'Synced');
    return [
      nameCell(mirror),
      mirror.spec.authority,
      phase,
      conflicts.length,
      lossy.length,
      age(synced?.lastTransitionTime, context.now),
      ageCell(mirror, context.now),
    ];
  },
};
