/** A ServiceMirror is named like its Service; the rest is in the schema. */
import type { Strategy } from '../../../kind.ts';
import { validateDns1123Subdomain } from '../../../meta/names.ts';
import { formatTime } from '../../../meta/time.ts';
import { setTransitionTimes, validateConditions } from '../condition-rules.ts';
import type { ServiceMirror } from './schema.ts';

export const serviceMirrorStrategy: Strategy<ServiceMirror> = {
  validateName: validateDns1123Subdomain,
  prepareForStatusUpdate: (mirror, old, now) => setTransitionTimes(mirror, old, formatTime(now)),
  validate: validateConditions,
};
