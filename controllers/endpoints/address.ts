/** Addresses as our API takes them, out of the laxer ones that v1 holds. */
import { formatIp, parseIp, specialRange } from '../../api/meta/ip.ts';

/**
 * The canonical spelling: IPv4 without the leading zeros that v1 reads as decimal, IPv6 compressed.
 * @returns undefined for what no endpoint can have: not an IP, loopback, link-local, multicast, unspecified
 */
export function endpointAddress(text: string): string | undefined {
  const ip = parseIp(text, { sloppy: true });
  return ip === undefined || specialRange(ip) !== undefined ? undefined : formatIp(ip);
}
