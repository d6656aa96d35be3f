/** The API group of this project and the labels it reserves. */

export const GROUP = 'services.x-k8s.io';
export const VERSION = 'v3alpha1';
export const API_VERSION = `${GROUP}/${VERSION}`;

/** `kubectl get servicesv3` lists every kind of this category. */
export const CATEGORY = 'servicesv3';

/** Labels with this prefix are written by our controllers only, and never copied from pods. */
export const RESERVED_LABEL_PREFIX = `${GROUP}/`;

/** On mirrored objects: the v1 Service (frontend) they belong to. */
export const FRONTEND_LABEL = `${GROUP}/frontend`;
/** On mirrored objects: the side that came first, `v1` or `v3`. */
export const ORIGIN_LABEL = `${GROUP}/origin`;
/** On Endpoints imported from EndpointSlices: the selectorless v1 Service whose slice named them. */
export const SERVICE_NAME_LABEL = `${GROUP}/service-name`;
/** On Endpoints imported from EndpointSlices: the slice. */
export const SLICE_LABEL = `${GROUP}/slice`;

/** The network of an address, or of a group, that names none. */
export const DEFAULT_NETWORK = 'default';
