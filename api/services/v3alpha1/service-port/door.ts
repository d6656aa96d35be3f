/** The union of a ServicePort: one block of settings for each type of door, named like it. */
import { type FieldError, forbidden, invalid, required } from '../../../meta/field-error.ts';
import {
  familyOf,
  parseIp,
  specialRange,
  validateCidr,
  validateEndpointIp,
  validateIp,
} from '../../../meta/ip.ts';
import { validateDomainField, validateQualifiedNameField } from '../field-rules.ts';
import type { ServicePortSpec, ServicePortType } from './schema.ts';

export type DoorField = 'clusterIP' | 'nodePort' | 'loadBalancer' | 'externalIP' | 'externalName';

/** The block that belongs to a type. */
export const doorFields: Readonly<Record<ServicePortType, DoorField | undefined>> = {
  ClusterIP: 'clusterIP',
  NodePort: 'nodePort',
  LoadBalancer: 'loadBalancer',
  ExternalIP: 'externalIP',
  ExternalName: 'externalName',
  Headless: undefined,
};

export function validateDoors(spec: ServicePortSpec): FieldError[] {
  const own = doorFields[spec.type];
  const foreign = Object.entries(doorFields).flatMap(([type, field]) =>
    field === undefined || field === own || isUnset(spec[field])
      ? []
      : [forbidden(`spec.${field}`, `may only be set when \`type\` is '${type}'`)],
  );
  return [...foreign, ...(own === undefined ? [] : validators[own](spec))];
}

/** `{}` equals absent. */
const isUnset = (block: object | undefined): boolean =>
  block === undefined || Object.keys(block).length === 0;

const validators: Readonly<Record<DoorField, (spec: ServicePortSpec) => FieldError[]>> = {
  clusterIP({ clusterIP }) {
    const field = 'spec.clusterIP.addresses';
    const addresses = clusterIP?.addresses ?? [];
    const errors = addresses.flatMap((address, i) => validateIp(`${field}[${i}]`, address));
    const [first, second] = addresses.map(familyOf);
    if (errors.length > 0 || second === undefined || first !== second) return errors;
    return [invalid(`${field}[1]`, addresses[1], 'must be of another family than the first address')];
  },

  /** Its only field is a number, which the schema bounds. */
  nodePort: () => [],

  loadBalancer: ({ loadBalancer }) => [
    ...validateQualifiedNameField('spec.loadBalancer.class', loadBalancer?.class),
    ...(loadBalancer?.sourceRanges ?? []).flatMap((range, i) =>
      validateCidr(`spec.loadBalancer.sourceRanges[${i}]`, range),
    ),
  ],

  externalIP({ externalIP }) {
    const field = 'spec.externalIP.addresses';
    const addresses = externalIP?.addresses ?? [];
    if (addresses.length === 0)
      return [required(field, "must have at least one address when `type` is 'ExternalIP'")];
    return addresses.flatMap((address, i) => validateExternalAddress(`${field}[${i}]`, address));
  },

  externalName({ externalName }) {
    const field = 'spec.externalName.host';
    const host = externalName?.host;
    if (host === undefined || host === '')
      return [required(field, "must be set when `type` is 'ExternalName'")];
    return validateDomainField(field, host);
  },
};

/** As an endpoint's, but any multicast that v1 takes is taken, so that every such Service can be mirrored. */
function validateExternalAddress(field: string, address: string): FieldError[] {
  const ip = parseIp(address);
  const isMulticast = ip !== undefined && specialRange(ip) === 'multicast';
  return isMulticast ? validateIp(field, address) : validateEndpointIp(field, address);
}
