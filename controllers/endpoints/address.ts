/** Addresses as our API takes them, out of the laxer ones that v1 holds. */
import { canonicalAddress, validateEndpointAddress } from '../../api/services/v3alpha1/address.ts';

/**
 * The canonical spelling: IPv4 without the leading zeros that v1 reads as decimal, IPv6 compressed.
 * @returns undefined for what no endpoint can have: not an IP, loopback, link-local, multicast, unspecified
 */
export function endpointAddress(text: string): string | undefined {
  const unpadded = /^\d+(\.\d+){3}$/.test(text) ? text.split('.').map(withoutZeros).join('.') : text;
  const canonical = canonicalAddress(unpadded);
  if (canonical === undefined) return undefined;
  return validateEndpointAddress('', canonical).length === 0 ? canonical : undefined;
}

const withoutZeros = (part: string): string => part.replace(/^0+(?=\d)/, '');
