/** What the schema of an Endpoint cannot say: addresses, names, and the conditions of other writers. */
import type { Strategy } from '../../../kind.ts';
import { type FieldError, forbidden, required } from '../../../meta/field-error.ts';
import { validateEndpointIp } from '../../../meta/ip.ts';
import { validateDns1123Subdomain } from '../../../meta/names.ts';
import { formatTime, parseTime } from '../../../meta/time.ts';
import { setTransitionTimes, validateConditions } from '../condition-rules.ts';
import {
  validateDomainField,
  validateLabelField,
  validateQualifiedNameField,
  validateSubdomainField,
} from '../field-rules.ts';
import type { Endpoint, EndpointPort, EndpointSpec } from './schema.ts';

export const endpointStrategy: Strategy<Endpoint> = {
  validateName: validateDns1123Subdomain,

  /** Status comes with a create, so conditions do as well; the registry has set the time of creation. */
  prepareForCreate(endpoint) {
    const created = parseTime(endpoint.metadata.creationTimestamp ?? '');
    if (created !== undefined) setTransitionTimes(endpoint, undefined, formatTime(created));
  },

  prepareForStatusUpdate: (endpoint, old, now) => setTransitionTimes(endpoint, old, formatTime(now)),

  validate: ({ spec, ...endpoint }) => [
    ...validateAddresses(spec),
    ...(spec.ports ?? []).flatMap((port, i) => validatePort(`spec.ports[${i}]`, port)),
    ...validateSubdomainField('spec.nodeName', spec.nodeName),
    ...validateLabelField('spec.hostname', nonEmpty(spec.hostname)),
    ...validateLabelField('spec.subdomain', nonEmpty(spec.subdomain)),
    ...validateConditions(endpoint),
  ],
};

function validateAddresses({ addresses = [], fqdn }: EndpointSpec): FieldError[] {
  const errors = addresses.flatMap(({ ip, network }, i) => [
    ...validateEndpointIp(`spec.addresses[${i}].ip`, ip),
    ...validateSubdomainField(`spec.addresses[${i}].network`, network),
  ]);
  if (fqdn === undefined) {
    return addresses.length > 0
      ? errors
      : [required('spec.addresses', 'must have at least one address, unless spec.fqdn is set')];
  }
  const both = addresses.length > 0;
  return [
    ...errors,
    ...(both ? [forbidden('spec.fqdn', 'may not be set together with spec.addresses')] : []),
    ...validateDomainField('spec.fqdn', fqdn),
  ];
}

const validatePort = (field: string, { name, appProtocol }: EndpointPort): FieldError[] => [
  ...validateLabelField(`${field}.name`, nonEmpty(name)),
  ...validateQualifiedNameField(`${field}.appProtocol`, appProtocol),
];

/** The empty text stands for absent, as in v1. */
const nonEmpty = (text: string | undefined): string | undefined => (text === '' ? undefined : text);
