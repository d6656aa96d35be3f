/**
 * IP addresses and CIDRs as values: parsing, the one canonical spelling, and the ranges that no Service may
 * use. Messages are those of apimachinery `pkg/util/validation/ip.go` and core `ValidateEndpointIP`.
 */
import { BlockList } from 'node:net';
import { type FieldError, invalid } from './field-error.ts';

export type IpFamily = 'IPv4' | 'IPv6';

export interface Ip {
  readonly family: IpFamily;
  /** 4 or 16 bytes, network order. */
  readonly bytes: Uint8Array;
}

export interface Cidr {
  readonly ip: Ip;
  /** Bits: 0–32 or 0–128. */
  readonly prefixLength: number;
}

/** `sloppy` accepts what v1 Services may still hold: leading zeros, IPv4 octets being read as decimal all the same. */
export interface IpParsing {
  readonly sloppy?: boolean;
}

/**
 * @returns undefined when the text is no address. An IPv4-mapped IPv6 address (`::ffff:1.2.3.4`) is refused
 *   unless sloppy, where it is the IPv4 address, as in Go's net.ParseIP; zones (`fe80::1%eth0`) always are.
 */
export function parseIp(text: string, parsing: IpParsing = {}): Ip | undefined {
  if (!text.includes(':')) {
    const bytes = parseIpv4(text, parsing.sloppy ?? false);
    return bytes === undefined ? undefined : { family: 'IPv4', bytes };
  }
  const bytes = parseIpv6(text, parsing.sloppy ?? false);
  if (bytes === undefined) return undefined;
  if (!isMapped(bytes)) return { family: 'IPv6', bytes };
  return parsing.sloppy === true ? { family: 'IPv4', bytes: bytes.slice(12) } : undefined;
}

function parseIpv4(text: string, sloppy: boolean): Uint8Array | undefined {
  const parts = text.split('.');
  const octet = sloppy ? /^\d+$/ : /^(?:0|[1-9]\d{0,2})$/;
  if (parts.length !== 4 || !parts.every((part) => octet.test(part) && Number(part) <= 255)) return undefined;
  return Uint8Array.from(parts, Number);
}

function parseIpv6(text: string, sloppy: boolean): Uint8Array | undefined {
  const halves = text.split('::');
  if (halves.length > 2) return undefined;
  const head = groups(halves[0] ?? '', sloppy, halves.length === 1);
  const tail = halves.length === 2 ? groups(halves[1] ?? '', sloppy, true) : [];
  if (head === undefined || tail === undefined) return undefined;
  const missing = 8 - head.length - tail.length;
  if (halves.length === 2 ? missing < 1 : missing !== 0) return undefined;
  const all = [...head, ...Array.from({ length: missing }, () => 0), ...tail];
  return Uint8Array.from(all.flatMap((group) => [group >> 8, group & 0xff]));
}

/** The 16-bit groups of one side of `::`; the last two may be written as an IPv4 address. */
function groups(text: string, sloppy: boolean, mayEndInIpv4: boolean): number[] | undefined {
  if (text === '') return [];
  const parts = text.split(':');
  const values: number[] = [];
  for (const [i, part] of parts.entries()) {
    if (mayEndInIpv4 && i === parts.length - 1 && part.includes('.')) {
      const ipv4 = parseIpv4(part, sloppy);
      if (ipv4 === undefined) return undefined;
      const [a = 0, b = 0, c = 0, d = 0] = ipv4;
      values.push((a << 8) | b, (c << 8) | d);
    } else {
      const digits = sloppy ? part.replace(/^0+(?=.)/, '') : part;
      if (!/^[0-9a-fA-F]{1,4}$/.test(digits)) return undefined;
      values.push(Number.parseInt(digits, 16));
    }
  }
  return values;
}

const isMapped = (bytes: Uint8Array): boolean =>
  bytes.subarray(0, 10).every((byte) => byte === 0) && bytes[10] === 0xff && bytes[11] === 0xff;

/** The canonical spelling: RFC 5952 for IPv6, plain decimal octets for IPv4. */
export function formatIp({ family, bytes }: Ip): string {
  return family === 'IPv4' ? bytes.join('.') : formatIpv6(bytes);
}

function formatIpv6(bytes: Uint8Array): string {
  const values = Array.from({ length: 8 }, (_, i) => ((bytes[2 * i] ?? 0) << 8) | (bytes[2 * i + 1] ?? 0));
  // RFC 5952 §4.2: the longest run of at least two zero groups is compressed, the first of equal ones.
  let best = { start: 0, length: 1 };
  for (let start = 0; start < 8; start++) {
    let length = 0;
    while (start + length < 8 && values[start + length] === 0) length++;
    if (length > best.length) best = { start, length };
  }
  const hex = values.map((value) => value.toString(16));
  if (best.length === 1) return hex.join(':');
  return `${hex.slice(0, best.start).join(':')}::${hex.slice(best.start + best.length).join(':')}`;
}

/** The canonical spelling of a text, undefined where it is no address. */
export function canonicalIp(text: string, parsing: IpParsing = {}): string | undefined {
  const ip = parseIp(text, parsing);
  return ip === undefined ? undefined : formatIp(ip);
}

export const familyOf = (text: string): IpFamily | undefined => parseIp(text, { sloppy: true })?.family;

/** `address/bits`. The address may have bits set beyond the prefix; `maskedCidr` clears them. */
export function parseCidr(text: string, parsing: IpParsing = {}): Cidr | undefined {
  const slash = text.indexOf('/');
  if (slash < 0) return undefined;
  const bits = text.slice(slash + 1);
  const address = text.slice(0, slash);
  const ip = parseIp(address, parsing);
  const isNumber = parsing.sloppy === true ? /^\d{1,5}$/.test(bits) : /^(?:0|[1-9]\d{0,2})$/.test(bits);
  if (ip === undefined || !isNumber) return undefined;
  // A mapped address was 128 bits long in the text.
  const wasMapped = ip.family === 'IPv4' && address.includes(':');
  const prefixLength = Number(bits) - (wasMapped ? 96 : 0);
  return prefixLength >= 0 && prefixLength <= ip.bytes.length * 8 ? { ip, prefixLength } : undefined;
}

export function maskedCidr({ ip, prefixLength }: Cidr): Cidr {
  const bytes = ip.bytes.map((byte, i) => {
    const kept = Math.min(8, Math.max(0, prefixLength - 8 * i));
    return byte & (0xff << (8 - kept));
  });
  return { ip: { family: ip.family, bytes }, prefixLength };
}

export const formatCidr = ({ ip, prefixLength }: Cidr): string => `${formatIp(ip)}/${prefixLength}`;

/** The canonical spelling of a text with bits beyond the prefix cleared, undefined where it is no CIDR. */
export function canonicalCidr(text: string, parsing: IpParsing = {}): string | undefined {
  const cidr = parseCidr(text, parsing);
  return cidr === undefined ? undefined : formatCidr(maskedCidr(cidr));
}

/** Whether an address lies in a CIDR; never across families. */
export function cidrContains(cidr: Cidr, ip: Ip): boolean {
  if (cidr.ip.family !== ip.family) return false;
  const masked = maskedCidr({ ip, prefixLength: cidr.prefixLength });
  return formatIp(masked.ip) === formatIp(maskedCidr(cidr).ip);
}

/** What is wrong with an address in a field of ours: only the canonical spelling is accepted. */
export function validateIp(field: string, value: string): FieldError[] {
  if (parseIp(value, { sloppy: true }) === undefined) {
    return [invalid(field, value, 'must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)')];
  }
  if (isMappedText(value)) return [invalid(field, value, 'must not be an IPv4-mapped IPv6 address')];
  const ip = parseIp(value);
  if (ip === undefined) return [invalid(field, value, 'must not have leading 0s')];
  const canonical = formatIp(ip);
  return value === canonical ? [] : [invalid(field, value, `must be in canonical form ("${canonical}")`)];
}

const isMappedText = (text: string): boolean => text.includes(':') && familyOf(text) === 'IPv4';

/** What is wrong with a CIDR in a field of ours: a whole network in its canonical spelling. */
export function validateCidr(field: string, value: string): FieldError[] {
  const [address = '', bits = ''] = value.split('/', 2);
  if (isMappedText(address) && /^(?:0|[1-9]\d{0,2})$/.test(bits) && Number(bits) <= 128) {
    return [invalid(field, value, 'must not have an IPv4-mapped IPv6 address')];
  }
  if (parseCidr(value, { sloppy: true }) === undefined) {
    return [invalid(field, value, 'must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)')];
  }
  const cidr = parseCidr(value);
  if (cidr === undefined) return [invalid(field, value, 'must not have leading 0s in IP or prefix length')];
  if (formatIp(cidr.ip) !== formatIp(maskedCidr(cidr).ip)) {
    return [invalid(field, value, 'must not have bits set beyond the prefix length')];
  }
  const canonical = formatCidr(cidr);
  return value === canonical ? [] : [invalid(field, value, `must be in canonical form ("${canonical}")`)];
}

export type SpecialRange = 'unspecified' | 'loopback' | 'link-local' | 'link-local multicast' | 'multicast';

const ranges: readonly (readonly [SpecialRange, BlockList])[] = [
  ['unspecified', blockList([['0.0.0.0', 32]], [['::', 128]])],
  ['loopback', blockList([['127.0.0.0', 8]], [['::1', 128]])],
  ['link-local', blockList([['169.254.0.0', 16]], [['fe80::', 10]])],
  ['link-local multicast', blockList([['224.0.0.0', 24]], [['ff02::', 16]])],
  ['multicast', blockList([['224.0.0.0', 4]], [['ff00::', 8]])],
];

function blockList(ipv4: readonly [string, number][], ipv6: readonly [string, number][]): BlockList {
  const list = new BlockList();
  for (const [network, prefix] of ipv4) list.addSubnet(network, prefix, 'ipv4');
  for (const [network, prefix] of ipv6) list.addSubnet(network, prefix, 'ipv6');
  return list;
}

/** The first special range that an address lies in, most specific first. */
export function specialRange(ip: Ip): SpecialRange | undefined {
  const text = formatIp(ip);
  return ranges.find(([, list]) => list.check(text, ip.family === 'IPv4' ? 'ipv4' : 'ipv6'))?.[0];
}

const rangeMessages: Readonly<Record<Exclude<SpecialRange, 'unspecified'>, string>> = {
  loopback: 'may not be in the loopback range (127.0.0.0/8, ::1/128)',
  'link-local': 'may not be in the link-local range (169.254.0.0/16, fe80::/10)',
  // Upstream writes /10 for what it checks as /16.
  'link-local multicast': 'may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)',
  multicast: 'may not be in the multicast range (224.0.0.0/4, ff00::/8)',
};

/** What is wrong with the address of a backend: canonical, and reachable from another host. */
export function validateEndpointIp(field: string, value: string): FieldError[] {
  const errors = validateIp(field, value);
  const ip = parseIp(value, { sloppy: true });
  const range = ip === undefined ? undefined : specialRange(ip);
  if (range === undefined) return errors;
  const message = range === 'unspecified' ? `may not be unspecified (${value})` : rangeMessages[range];
  return [...errors, invalid(field, value, message)];
}
