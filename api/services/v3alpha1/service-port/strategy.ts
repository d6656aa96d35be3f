/** What the schema of a ServicePort cannot say: the union of doors, ranges, and defaults across fields. */
import type { Strategy } from '../../../kind.ts';
import { type FieldError, forbidden, invalid, required } from '../../../meta/field-error.ts';
import { validateDns1123Subdomain, validatePortName, validatePortNumber } from '../../../meta/names.ts';
import { formatTime } from '../../../meta/time.ts';
import { setTransitionTimes, validateConditions } from '../condition-rules.ts';
import {
  specWarnings,
  textErrors,
  validateDistinct,
  validateImmutable,
  validateLabelField,
  validateQualifiedNameField,
} from '../field-rules.ts';
import { deprecations } from './deprecation.ts';
import { validateDoors } from './door.ts';
import type { ServicePort, ServicePortSpec, ServicePortType } from './schema.ts';

const MAX_PORT = 65_535;

/** Which fields make sense for a type. Total, so that a new type has to say. */
const traits: Readonly<
  Record<ServicePortType, { hasGroup: boolean; needsPort: boolean; hasFamilies: boolean }>
> = {
  ClusterIP: { hasGroup: true, needsPort: true, hasFamilies: true },
  NodePort: { hasGroup: true, needsPort: true, hasFamilies: true },
  LoadBalancer: { hasGroup: true, needsPort: true, hasFamilies: true },
  ExternalIP: { hasGroup: true, needsPort: true, hasFamilies: false },
  Headless: { hasGroup: true, needsPort: false, hasFamilies: true },
  ExternalName: { hasGroup: false, needsPort: false, hasFamilies: false },
};

export const servicePortStrategy: Strategy<ServicePort> = {
  validateName: validateDns1123Subdomain,

  prepareForCreate(object) {
    const { spec } = object;
    const frontend = spec.type === 'ExternalName' ? object.metadata.name : spec.groupRef?.name;
    object.spec = withDefaults(spec, { frontend, targetPort: spec.port });
  },

  /** An update that leaves a defaulted field out keeps it: the client that wrote the object never knew it. */
  prepareForUpdate(object, old) {
    const { spec } = object;
    const targetPort = spec.port === undefined ? undefined : (old.spec.targetPort ?? spec.port);
    object.spec = withDefaults(spec, { frontend: old.spec.frontend, targetPort });
  },

  prepareForStatusUpdate: (port, old, now) => setTransitionTimes(port, old, formatTime(now)),

  validate: ({ spec, ...port }) => [
    ...validateGroupRef(spec),
    ...validateFrontend(spec),
    ...validateLabelField('spec.portName', spec.portName),
    ...validatePorts(spec),
    ...validateQualifiedNameField('spec.appProtocol', spec.appProtocol),
    ...validateFamilies(spec),
    ...validateSessionAffinity(spec),
    ...validateDoors(spec),
    ...validateConditions(port),
  ],

  validateUpdate: ({ spec }, old) => [
    ...validateImmutable('spec.type', spec.type, old.spec.type),
    ...validateImmutable('spec.frontend', spec.frontend, old.spec.frontend),
  ],

  warnings: specWarnings((spec) => [...deprecations(spec), ...ineffective(spec)]),
};

function withDefaults(
  spec: ServicePortSpec,
  defaults: { frontend: string | undefined; targetPort: number | string | undefined },
): ServicePortSpec {
  const frontend = spec.frontend ?? defaults.frontend;
  const targetPort = spec.targetPort ?? defaults.targetPort;
  return {
    ...spec,
    ...(frontend === undefined ? {} : { frontend }),
    ...(targetPort === undefined ? {} : { targetPort }),
  };
}

function validateGroupRef({ type, groupRef }: ServicePortSpec): FieldError[] {
  if (!traits[type].hasGroup) {
    return groupRef === undefined
      ? []
      : [forbidden('spec.groupRef', `may not be set when \`type\` is '${type}'`)];
  }
  if (groupRef === undefined)
    return [required('spec.groupRef', `must name a ServiceGroup when \`type\` is '${type}'`)];
  return validateLabelField('spec.groupRef.name', groupRef.name);
}

/** Absent only where its default was, and there the error says so already. */
function validateFrontend({ type, frontend, groupRef }: ServicePortSpec): FieldError[] {
  if (frontend !== undefined) return validateLabelField('spec.frontend', frontend);
  return traits[type].hasGroup && groupRef === undefined ? [] : [required('spec.frontend')];
}

function validatePorts(spec: ServicePortSpec): FieldError[] {
  const { type, port, endPort, targetPort } = spec;
  if (port !== undefined) return [...validateRange(port, endPort), ...validateTargetPort(spec, port)];
  const together = 'may only be set together with spec.port';
  return [
    ...(traits[type].needsPort ? [required('spec.port', `must be set when \`type\` is '${type}'`)] : []),
    ...(endPort === undefined ? [] : [forbidden('spec.endPort', together)]),
    ...(targetPort === undefined ? [] : [forbidden('spec.targetPort', together)]),
  ];
}

function validateRange(port: number, endPort: number | undefined): FieldError[] {
  if (endPort === undefined || endPort >= port) return [];
  return [invalid('spec.endPort', endPort, `must be greater than or equal to spec.port (${port})`)];
}

function validateTargetPort({ endPort, targetPort }: ServicePortSpec, port: number): FieldError[] {
  const field = 'spec.targetPort';
  if (targetPort === undefined) return [];
  if (typeof targetPort === 'string') {
    if (endPort === undefined) return textErrors(validatePortName)(field, targetPort);
    return [
      invalid(field, targetPort, 'must be a number when spec.endPort is set: a name cannot start a range'),
    ];
  }
  const problems = validatePortNumber(targetPort);
  if (problems.length > 0) return problems.map((problem) => invalid(field, targetPort, problem));
  const last = targetPort + Math.max(0, (endPort ?? port) - port);
  if (last <= MAX_PORT) return [];
  const highest = MAX_PORT - (last - targetPort);
  return [
    invalid(
      field,
      targetPort,
      `must be at most ${highest}, so that the range spec.port-spec.endPort fits below ${MAX_PORT + 1}`,
    ),
  ];
}

function validateFamilies({ type, families, familyPolicy }: ServicePortSpec): FieldError[] {
  if (traits[type].hasFamilies) return validateDistinct('spec.families', families ?? []);
  const why = `may not be set when \`type\` is '${type}'`;
  return [
    ...(families === undefined ? [] : [forbidden('spec.families', why)]),
    ...(familyPolicy === undefined ? [] : [forbidden('spec.familyPolicy', why)]),
  ];
}

/** `{}` would read as "some affinity, no kind of it". */
function validateSessionAffinity({ sessionAffinity }: ServicePortSpec): FieldError[] {
  if (sessionAffinity === undefined || sessionAffinity.clientIP !== undefined) return [];
  return [
    required(
      'spec.sessionAffinity.clientIP',
      'must be set when spec.sessionAffinity is; leave out spec.sessionAffinity for no affinity',
    ),
  ];
}

/** Settings that are accepted, because v1 accepts them, and do nothing. */
function ineffective({ type, sessionAffinity, delivery }: ServicePortSpec): string[] {
  if (type !== 'Headless' && type !== 'ExternalName') return [];
  return [
    ...(sessionAffinity === undefined ? [] : [`spec.sessionAffinity: has no effect for type ${type}`]),
    ...(delivery === 'NodeLocal' ? [`spec.delivery: has no effect for type ${type}`] : []),
  ];
}
