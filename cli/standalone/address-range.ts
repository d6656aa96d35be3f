/** A CIDR as a range of addresses that can be drawn from. Pure; addresses are BigInts inside. */
import { isIPv6 } from 'node:net';

export class AddressRange {
  readonly cidr: string;
  readonly #first: bigint;
  readonly #size: bigint;
  readonly #v6: boolean;

  /** @param cidr `10.0.0.0/8` or `fd00:10:96::/112` */
  constructor(cidr: string) {
    const [address = '', bits = ''] = cidr.split('/');
    this.cidr = cidr;
    this.#v6 = isIPv6(address);
    const hostBits = BigInt((this.#v6 ? 128 : 32) - Number(bits));
    this.#size = 1n << hostBits;
    this.#first = (parseAddress(address) >> hostBits) << hostBits;
  }

  contains(ip: string): boolean {
    if (isIPv6(ip) !== this.#v6) return false;
    const offset = parseAddress(ip) - this.#first;
    return offset > 0n && offset < this.#size - (this.#v6 ? 0n : 1n);
  }

  /** The address at a place in the range; place is taken modulo the usable size, network and broadcast left out. */
  at(place: bigint): string {
    const usable = this.#size - (this.#v6 ? 1n : 2n);
    return formatAddress(this.#first + 1n + (place % usable), this.#v6);
  }

  /** How many addresses can be given out, capped where a Number ends. */
  get capacity(): number {
    return Number(this.#size > 1n << 50n ? 1n << 50n : this.#size - (this.#v6 ? 1n : 2n));
  }
}

function parseAddress(address: string): bigint {
  if (!isIPv6(address))
    return address.split('.').reduce((sum, part) => (sum << 8n) | BigInt(Number(part)), 0n);
  const [head = '', tail] = address.split('::');
  const groups = (text: string): string[] => (text === '' ? [] : text.split(':'));
  const left = groups(head);
  const right = tail === undefined ? [] : groups(tail);
  const zeros = Array.from({ length: 8 - left.length - right.length }, () => '0');
  const all = tail === undefined ? left : [...left, ...zeros, ...right];
  return all.reduce((sum, group) => (sum << 16n) | BigInt(`0x${group}`), 0n);
}

function formatAddress(value: bigint, v6: boolean): string {
  if (!v6) return [24n, 16n, 8n, 0n].map((shift) => String((value >> shift) & 255n)).join('.');
  const groups = Array.from({ length: 8 }, (_, i) =>
    ((value >> BigInt(112 - 16 * i)) & 0xffffn).toString(16),
  );
  // The URL parser prints IPv6 in its canonical, compressed form (RFC 5952).
  return new URL(`http://[${groups.join(':')}]`).hostname.slice(1, -1);
}
