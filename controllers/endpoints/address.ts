/** Addresses as our API takes them, out of the laxer ones that v1 holds. */
import { canonicalIp, validateEndpointIp } from '../../api/meta/ip.ts';

/**
 * The canonical spelling: IPv4 without the leading zeros that v1 reads as decimal, IPv6 compressed.
 * @returns undefined for what no endpoint can have: not an IP, loopback, link-local, multicast, unspecified
 */
export function endpointAddress(text: string): string | undefined {
  const unpadded = /^\d+(\.\d+){3}$/.test(text) ? text.split('.').map(withoutZeros).join('.') : text;
  const canonical = canonicalIp(unpadded);
  if (canonical === undefined) return undefined;
  return validateEndpointIp('', canonical).length === 0 ? canonical : undefined;
}

const withoutZeros = (part: string): string => part.replace(/^0+(?=\d)/, '');
