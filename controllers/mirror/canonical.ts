/**
 * The one spelling v3 has for an address or a range. v1 tolerates more: leading zeros (read as decimal, as
 * Go's ParseIPSloppy does), IPv4 inside IPv6, host bits in a range, spaces around it.
 * Source: kubernetes `staging/src/k8s.io/apimachinery/pkg/util/validation/ip.go`, KEP-4858.
 */
import { isIPv4, isIPv6 } from 'node:net';

/** A sloppy IPv4 octet: any number of leading zeros, then at most 255. */
const sloppyIPv4 = /^0*(\d{1,3})\.0*(\d{1,3})\.0*(\d{1,3})\.0*(\d{1,3})$/;

/** Canonical form, or undefined where the text is no IP address at all. */
export function canonicalIP(text: string): string | undefined {
  const octets = sloppyIPv4.exec(text)?.slice(1).map(Number);
  if (octets !== undefined) {
    const address = octets.join('.');
    return isIPv4(address) ? address : undefined;
  }
  // A zone (fe80::1%eth0) is an address on one machine only; services have none.
  if (!isIPv6(text) || text.includes('%')) return undefined;
  const compressed = new URL(`http://[${text}]/`).hostname.slice(1, -1);
  return embeddedIPv4(compressed) ?? compressed;
}

/** `::ffff:1.2.3.4` is 1.2.3.4 to Go and so to v1. */
function embeddedIPv4(compressed: string): string | undefined {
  const halves = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(compressed)?.slice(1);
  if (halves === undefined) return undefined;
  return halves
    .map((half) => Number.parseInt(half, 16))
    .flatMap((half) => [half >> 8, half & 0xff])
    .join('.');
}

const BITS = { IPv4: 32, IPv6: 128 } as const;

/** Canonical form with host bits cleared, or undefined where the text is no range. */
export function canonicalCIDR(text: string): string | undefined {
  const match = /^([^/]+)\/0*(\d{1,3})$/.exec(text.trim());
  const address = match?.[1] === undefined ? undefined : canonicalIP(match[1]);
  if (address === undefined) return undefined;
  const bits = isIPv4(address) ? BITS.IPv4 : BITS.IPv6;
  const length = Number(match?.[2]);
  if (length > bits) return undefined;
  const masked = bits === BITS.IPv4 ? maskIPv4(address, length) : maskIPv6(address, length);
  return `${masked}/${length}`;
}

function maskIPv4(address: string, length: number): string {
  return address
    .split('.')
    .map((octet, i) => maskPart(Number(octet), 8, length - i * 8))
    .join('.');
}

function maskIPv6(address: string, length: number): string {
  const [head = '', tail = ''] = address.split('::');
  const left = head === '' ? [] : head.split(':');
  const right = tail === '' ? [] : tail.split(':');
  const zeros = Array.from({ length: 8 - left.length - right.length }, () => '0');
  const masked = [...left, ...zeros, ...right].map((group, i) =>
    maskPart(Number.parseInt(group, 16), 16, length - i * 16).toString(16),
  );
  return canonicalIP(masked.join(':')) ?? address;
}

/** Keeps the first `keep` of `width` bits. */
function maskPart(value: number, width: number, keep: number): number {
  if (keep >= width) return value;
  return keep <= 0 ? 0 : value & (((1 << keep) - 1) << (width - keep));
}
