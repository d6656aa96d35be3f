import { strict as assert } from 'node:assert';
import { isIP } from 'node:net';
import fc from 'fast-check';
import { fieldErrorMessage } from '../../../../api/meta/field-error.ts';
import {
  canonicalCidr,
  canonicalIp,
  cidrContains,
  familyOf,
  formatIp,
  type Ip,
  parseCidr,
  parseIp,
  specialRange,
  validateCidr,
  validateEndpointIp,
  validateIp,
} from '../../../../api/meta/ip.ts';

const ipOf = (text: string): Ip => parseIp(text) ?? assert.fail(text);

describe('IP addresses', () => {
  it('have one spelling (RFC 5952)', () => {
    const spellings: [string, string][] = [
      ['10.0.0.1', '10.0.0.1'],
      ['2001:DB8:0:0:0:0:0:1', '2001:db8::1'],
      ['2001:0db8::0001', '2001:db8::1'],
      ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
      ['2001:0:0:1:0:0:0:1', '2001:0:0:1::1'],
      ['2001:db8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
      ['0:0:0:0:0:0:0:0', '::'],
      ['1::', '1::'],
      ['::1.2.3.4', '::102:304'],
      ['64:ff9b::192.0.2.33', '64:ff9b::c000:221'],
    ];
    for (const [text, canonical] of spellings) assert.equal(canonicalIp(text), canonical, text);
  });

  it('are refused where Go refuses them', () => {
    const bad = [
      '',
      '1.2.3',
      '1.2.3.4.5',
      '256.0.0.1',
      '01.2.3.4',
      '1.2.3.4 ',
      ':',
      ':::',
      '1:2:3:4:5:6:7',
      '1:2:3:4:5:6:7:8:9',
      '1::2::3',
      '12345::',
      'fe80::1%eth0',
      '::ffff:1.2.3.4',
      '1:2:3:4:5:6:7::8',
      '1.2.3.4::',
      '::1.2.3',
      'g::',
    ];
    for (const text of bad) assert.equal(parseIp(text), undefined, text);
  });

  it('are read as v1 did where asked to', () => {
    assert.equal(canonicalIp('010.002.003.004', { sloppy: true }), '10.2.3.4');
    assert.equal(canonicalIp('::ffff:1.2.3.4', { sloppy: true }), '1.2.3.4');
    assert.equal(familyOf('::ffff:1.2.3.4'), 'IPv4');
    assert.equal(familyOf('fd00::7'), 'IPv6');
    assert.equal(familyOf('x'), undefined);
  });

  it('print what they parse, and agree with node:net on what is one', () => {
    fc.assert(
      fc.property(fc.oneof(fc.ipV4(), fc.ipV6(), fc.string()), (text) => {
        const ip = parseIp(text, { sloppy: true });
        if (isIP(text) !== 0 && !text.includes('%')) assert.ok(ip, text);
        if (ip === undefined) return;
        assert.deepEqual(parseIp(formatIp(ip), { sloppy: true }), ip);
        assert.notEqual(isIP(formatIp(ip)), 0);
      }),
    );
  });

  it('in a field must be canonical', () => {
    const say = (text: string): string[] => validateIp('spec.ip', text).map(fieldErrorMessage);
    assert.deepEqual(say('10.0.0.1'), []);
    assert.deepEqual(say('x'), [
      'spec.ip: Invalid value: "x": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)',
    ]);
    assert.deepEqual(say('010.0.0.1'), ['spec.ip: Invalid value: "010.0.0.1": must not have leading 0s']);
    assert.deepEqual(say('::ffff:1.2.3.4'), [
      'spec.ip: Invalid value: "::ffff:1.2.3.4": must not be an IPv4-mapped IPv6 address',
    ]);
    assert.deepEqual(say('FD00::1'), [
      'spec.ip: Invalid value: "FD00::1": must be in canonical form ("fd00::1")',
    ]);
  });

  it('of a backend are in no special range', () => {
    const say = (text: string): string[] => validateEndpointIp('ip', text).map((e) => e.detail);
    assert.deepEqual(say('10.0.0.1'), []);
    assert.deepEqual(say('0.0.0.0'), ['may not be unspecified (0.0.0.0)']);
    assert.deepEqual(say('::1'), ['may not be in the loopback range (127.0.0.0/8, ::1/128)']);
    assert.deepEqual(say('169.254.1.1'), ['may not be in the link-local range (169.254.0.0/16, fe80::/10)']);
    assert.deepEqual(say('ff02::1'), [
      'may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)',
    ]);
    assert.deepEqual(say('239.1.1.1'), ['may not be in the multicast range (224.0.0.0/4, ff00::/8)']);
    assert.equal(specialRange(ipOf('fe80::1')), 'link-local');
    assert.equal(specialRange(ipOf('fd00::1')), undefined);
  });
});

describe('CIDRs', () => {
  it('have one spelling, with the host bits cleared', () => {
    assert.equal(canonicalCidr('10.1.2.3/8'), '10.0.0.0/8');
    assert.equal(canonicalCidr('2001:DB8::1/33'), '2001:db8::/33');
    assert.equal(canonicalCidr('010.0.0.0/08', { sloppy: true }), '10.0.0.0/8');
    assert.equal(canonicalCidr('::ffff:10.0.0.0/104', { sloppy: true }), '10.0.0.0/8');
    for (const bad of ['10.0.0.0', '10.0.0.0/33', '10.0.0.0/08', '10.0.0.0/-1', '::/129', '/8', 'x/8']) {
      assert.equal(parseCidr(bad), undefined, bad);
    }
  });

  it('in a field must be whole networks, canonical', () => {
    const say = (text: string): string[] => validateCidr('c', text).map((e) => e.detail);
    assert.deepEqual(say('10.0.0.0/8'), []);
    assert.deepEqual(say('x'), ['must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)']);
    assert.deepEqual(say('10.0.0.0/08'), ['must not have leading 0s in IP or prefix length']);
    assert.deepEqual(say('10.0.0.1/8'), ['must not have bits set beyond the prefix length']);
    assert.deepEqual(say('FD00::/8'), ['must be in canonical form ("fd00::/8")']);
    assert.deepEqual(say('::ffff:10.0.0.0/104'), ['must not have an IPv4-mapped IPv6 address']);
  });

  it('contain what begins like them', () => {
    const cidr = parseCidr('10.8.0.0/13') ?? assert.fail();
    assert.equal(cidrContains(cidr, ipOf('10.15.255.255')), true);
    assert.equal(cidrContains(cidr, ipOf('10.16.0.0')), false);
    assert.equal(cidrContains(cidr, ipOf('::a08:0')), false);
    assert.equal(cidrContains(parseCidr('0.0.0.0/0') ?? assert.fail(), ipOf('1.2.3.4')), true);
  });
});
