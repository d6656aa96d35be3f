/** Values, keys and texts that have broken servers before. */
import fc from 'fast-check';
import { Members, Raw } from './render.ts';

/** Levels of nesting: beyond what decoders allow, and about the depth at which recursive code falls over. */
const depths = [50, 201, 2_000, 9_990, 10_001, 40_000] as const;

const nested = (depth: number, open: string, close: string): Raw =>
  new Raw(`${open.repeat(depth)}1${close.repeat(depth)}`);

export const hostileKeys = fc.constantFrom(
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'hasOwnProperty',
  'length',
  '',
  '$patch',
  '$retainKeys',
  '$setElementOrder/ports',
  '$deleteFromPrimitiveList/addresses',
  '$setElementOrder',
  '$ref',
  'metadata',
  'spec',
  'status',
  'kind',
  'name',
  'a/b~1c',
  'f:spec',
  '\u0000',
  '\ud800',
  'x'.repeat(300),
  '0',
  '-',
  '.',
);

const texts = [
  '',
  '\u0000',
  '\ud800',
  '\u202e',
  '../../etc/passwd',
  'x'.repeat(70_000),
  '%s%n%d',
  '{{7*7}}',
  'delete',
  'replace',
  '-1',
  '1e9',
  '10.0.0.0/8',
  '::ffff:1.2.3.4',
  'fe80::1%eth0',
  '999.1.1.1',
  '2026-13-45T99:99:99Z',
  '99999999999999999999',
  '__proto__',
  '(((a+)+)+)+$',
  `${'a'.repeat(5_000)}!`,
  ','.repeat(500),
  '\r\nx: y',
];

const rawNumbers = [
  '1e999',
  '-1e999',
  '-0',
  '0.5',
  '1e-400',
  '9007199254740993',
  '9223372036854775807',
  '-9223372036854775809',
  '123456789012345678901234567890',
  '01',
  '+1',
  'NaN',
  '.5',
  '0x10',
];

export const hostileTexts = fc.oneof(fc.constantFrom(...texts), fc.string({ unit: 'binary', maxLength: 12 }));

const hostileLeaf: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 4, arbitrary: hostileTexts },
  { weight: 3, arbitrary: fc.constantFrom(...rawNumbers).map((text) => new Raw(text)) },
  { weight: 3, arbitrary: fc.constantFrom(null, true, false, 0, -1, 65_536, 2 ** 31, [], {}, [null], [[]]) },
  {
    weight: 1,
    arbitrary: fc
      .constantFrom('"\\ud800"', '"\\u0000"', '"\\x"', '"\u0001"', 'undefined', '')
      .map((t) => new Raw(t)),
  },
);

const deep: fc.Arbitrary<unknown> = fc
  .tuple(fc.constantFrom(...depths), fc.boolean())
  .map(([depth, list]) => (list ? nested(depth, '[', ']') : nested(depth, '{"a":', '}')));

const hostileObject = fc
  .array(fc.tuple(hostileKeys, hostileLeaf), { minLength: 1, maxLength: 4 })
  .map((list) => new Members(list));

export const hostileValues: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 12, arbitrary: hostileLeaf },
  { weight: 4, arbitrary: hostileObject },
  { weight: 2, arbitrary: fc.array(fc.oneof(hostileLeaf, hostileObject), { maxLength: 4 }) },
  { weight: 1, arbitrary: deep },
);
