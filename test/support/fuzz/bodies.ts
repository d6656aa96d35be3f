/** Bodies of requests: valid objects with damage, patches of every type, and bytes that are neither. */
import fc from 'fast-check';
import { Members, Raw, render } from './render.ts';
import { type Sample, samples } from './samples.ts';
import { hostileKeys, hostileTexts, hostileValues } from './values.ts';

export interface Body {
  readonly type: string;
  readonly bytes: Buffer;
}

interface Damage {
  /** Which member is stepped into at each level. */
  readonly steps: readonly number[];
  readonly kind: 'replace' | 'add' | 'twice' | 'remove';
  readonly key: string;
  readonly value: unknown;
}

const damage: fc.Arbitrary<Damage> = fc.record({
  steps: fc.array(fc.nat(7), { minLength: 1, maxLength: 6 }),
  kind: fc.constantFrom('replace', 'replace', 'add', 'twice', 'remove'),
  key: hostileKeys,
  value: hostileValues,
});

/** The value with one part changed; shares the rest. */
function damaged(value: unknown, { steps, ...change }: Damage): unknown {
  if (typeof value !== 'object' || value === null || value instanceof Raw) return change.value;
  const [step = 0, ...further] = steps;
  if (Array.isArray(value)) {
    if (value.length === 0) return [change.value];
    const at = step % value.length;
    return value.map((item, i) => (i === at ? damaged(item, { steps: further, ...change }) : item));
  }
  const members = value instanceof Members ? value.list : Object.entries(value);
  const at = members.length === 0 ? 0 : step % members.length;
  const [key, member] = members[at] ?? [change.key, null];
  if (further.length > 0 && typeof member === 'object' && member !== null) {
    const inner = damaged(member, { steps: further, ...change });
    return new Members(members.map((each, i) => (i === at ? [key, inner] : each)));
  }
  if (change.kind === 'remove') return new Members(members.filter((_, i) => i !== at));
  if (change.kind === 'add') return new Members([...members, [change.key, change.value]]);
  if (change.kind === 'twice') return new Members([...members, [key, change.value]]);
  return new Members(members.map((each, i) => (i === at ? [key, change.value] : each)));
}

const damagedObject = (sample: Sample, least: number): fc.Arbitrary<string> =>
  fc
    .array(damage, { minLength: least, maxLength: 3 })
    .map((all) => render(all.reduce<unknown>(damaged, sample.object)));

const pointers = fc.oneof(
  fc.constantFrom(
    '',
    '/',
    '/spec',
    '/spec/ports/-',
    '/spec/ports/0',
    '/spec/ports/99999999999',
    '/metadata',
    '/metadata/labels/app',
    '/metadata/managedFields',
    '/metadata/uid',
    '/kind',
    '/__proto__/polluted',
    '/constructor/prototype/polluted',
    '/spec/__proto__',
    '/a~2b',
    'spec',
  ),
  hostileTexts,
);

const jsonPatch = fc
  .array(
    fc
      .record(
        {
          op: fc.oneof(
            {
              weight: 9,
              arbitrary: fc.constantFrom<unknown>('add', 'remove', 'replace', 'move', 'copy', 'test'),
            },
            { weight: 1, arbitrary: hostileValues },
          ),
          path: fc.oneof({ weight: 9, arbitrary: pointers as fc.Arbitrary<unknown> }, hostileValues),
          from: pointers,
          value: hostileValues,
        },
        { requiredKeys: ['op'] },
      )
      .map((operation) => operation as unknown),
    { maxLength: 5 },
  )
  .map(render);

const yamlTexts = [
  'a: &a [x,x,x,x]\nb: &b [*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b]\nd: &d [*c,*c,*c,*c]\ne: [*d,*d,*d,*d]\n',
  'a: &a {b: *a}\n',
  'a: *missing\n',
  '<<: {a: 1}\nmetadata: {<<: [1]}\n',
  '? [a]\n: b\n',
  'a: 1\na: 2\n',
  '__proto__: {polluted: true}\nconstructor: {prototype: {polluted: true}}\n',
  '!!js/function "x"\n',
  '!!binary ####\n',
  'a: !!float .nan\nb: .inf\n',
  '--- a\n--- b\n',
  '%YAML 9.9\n---\na: b\n',
  '\t- a\n',
  `${'- '.repeat(400)}a\n`,
  `${'['.repeat(3_000)}\n`,
  '"\\xZZ"',
  ': : :',
  '&a &b c',
  'y: yes\non: off\n1: 2\nnull: 3\n',
];

const yaml = (sample: Sample): fc.Arbitrary<string> =>
  fc.oneof(
    fc.constantFrom(...yamlTexts),
    fc
      .tuple(fc.constantFrom(...yamlTexts), fc.boolean())
      .map(([text, first]) => `kind: ${String(sample.object.kind)}\n${first ? '' : 'spec:\n  '}${text}`),
    damagedObject(sample, 0),
  );

/** Damage below the syntax: cut, invalid UTF-8, a byte order mark, bytes in between. */
const bytesOf = (texts: fc.Arbitrary<string>): fc.Arbitrary<Buffer> =>
  fc.oneof(
    { weight: 9, arbitrary: texts.map((text) => Buffer.from(text)) },
    {
      weight: 2,
      arbitrary: fc
        .tuple(
          texts,
          fc.double({ min: 0, max: 1, noNaN: true }),
          fc.constantFrom('', '\xff\xfe', '\xc0\xaf', '\xed\xa0\x80', '\x00', '\xef\xbb\xbf', '{', '"', ','),
          fc.boolean(),
        )
        .map(([text, where, bytes, cut]) => {
          const whole = Buffer.from(text);
          const at = Math.floor(where * whole.length);
          const rest = cut ? Buffer.alloc(0) : whole.subarray(at);
          return Buffer.concat([whole.subarray(0, at), Buffer.from(bytes, 'latin1'), rest]);
        }),
    },
    { weight: 1, arbitrary: fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes)) },
  );

const oddTypes = [
  '',
  'text/plain',
  'application/json; charset=utf-16',
  'application/JSON ; q=1',
  'application/vnd.kubernetes.protobuf',
  'application/cbor',
  'multipart/form-data; boundary=x',
  'application/json-patch+json',
  '__proto__',
  ';;;',
  '*/*',
];

const typed = (type: string, texts: fc.Arbitrary<string>): fc.Arbitrary<Body> =>
  bytesOf(texts).map((bytes) => ({ type, bytes }));

/** `k8s\0` and anything, and valid JSON under types that are none of ours. */
const odd = (sample: Sample): fc.Arbitrary<Body> =>
  fc.oneof(
    fc
      .tuple(fc.constantFrom(...oddTypes), bytesOf(damagedObject(sample, 0)))
      .map(([type, bytes]) => ({ type, bytes })),
    fc.uint8Array({ maxLength: 60 }).map((bytes) => ({
      type: 'application/vnd.kubernetes.protobuf',
      bytes: Buffer.concat([Buffer.from('k8s\0', 'latin1'), Buffer.from(bytes)]),
    })),
  );

const deleteOptions = fc
  .array(
    fc.tuple(
      fc.constantFrom(
        'preconditions',
        'propagationPolicy',
        'gracePeriodSeconds',
        'dryRun',
        'kind',
        'apiVersion',
        'orphanDependents',
      ),
      hostileValues,
    ),
    { maxLength: 3 },
  )
  .map((list) => render(new Members(list)));

/** What may stand in the body of a method; GET and HEAD have none. */
export function bodyFor(method: string, sample: Sample): fc.Arbitrary<Body> {
  const object = damagedObject(sample, 0);
  const writes = [typed('application/json', object), typed('application/yaml', yaml(sample)), odd(sample)];
  if (method === 'GET' || method === 'HEAD') return fc.constant({ type: '', bytes: Buffer.alloc(0) });
  if (method === 'DELETE') {
    return fc.oneof(
      typed('application/json', deleteOptions),
      typed('application/yaml', yaml(sample)),
      odd(sample),
    );
  }
  if (method !== 'PATCH') return fc.oneof({ weight: 5, arbitrary: writes[0] ?? odd(sample) }, ...writes);
  return fc.oneof(
    typed('application/json-patch+json', jsonPatch),
    typed('application/merge-patch+json', object),
    typed('application/strategic-merge-patch+json', object),
    typed('application/apply-patch+yaml', fc.oneof(object, yaml(sample))),
    odd(sample),
  );
}

export const anySample = fc.constantFrom(...samples);
