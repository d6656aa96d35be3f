/**
 * The manifests of api/testdata, through the steps that a create takes. A comment over a document says what
 * comes of it: `# expect: <error>` for each error, in order, and `# warn: <text>` for each warning.
 */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { parse } from 'yaml';
import type { Kind } from '../../../../../api/kind.ts';
import { type FieldError, fieldErrorMessage } from '../../../../../api/meta/field-error.ts';
import { validateObjectMeta } from '../../../../../api/meta/object-meta.ts';
import type { KubeObject } from '../../../../../api/meta/types.ts';
import { applyDefaults, prune, validateStructure } from '../../../../../api/schema/structural.ts';
import { servicesKinds } from '../../../../../api/services/v3alpha1/kinds.ts';

const testdata = new URL('../../../../../api/testdata/', import.meta.url);

interface Example {
  readonly title: string;
  readonly object: KubeObject;
  readonly expected: readonly string[];
  readonly warnings: readonly string[];
}

function examples(folder: 'valid' | 'invalid'): Example[] {
  return readdirSync(new URL(folder, testdata)).flatMap((file) => {
    const manifests = readFileSync(new URL(`${folder}/${file}`, testdata), 'utf8').split(/^---$/m);
    return manifests.map((manifest, i) => exampleOf(manifest, `${file} ${i + 1}`));
  });
}

function exampleOf(manifest: string, title: string): Example {
  const object: KubeObject = parse(manifest);
  const marked = (mark: string): string[] =>
    [...manifest.matchAll(new RegExp(`^# ${mark}: (.*)$`, 'gm'))].map(([, text = '']) => text);
  return {
    title: `${title}: ${object.metadata.name}`,
    object,
    expected: marked('expect'),
    warnings: marked('warn'),
  };
}

function kindOf(object: KubeObject): Kind {
  const kind = servicesKinds.find((k) => k.kind === object.kind);
  assert.ok(kind, `no kind ${object.kind}`);
  return kind;
}

interface Outcome {
  readonly object: KubeObject;
  readonly unknownFields: readonly string[];
  readonly errors: readonly FieldError[];
  readonly warnings: readonly string[];
}

/** What the registry does to a create, in its order. */
function create(given: KubeObject): Outcome {
  const kind = kindOf(given);
  const { value, unknownFields } = prune(given, kind.schema);
  const object = applyDefaults(value, kind.schema);
  const structural = validateStructure(object, kind.schema);
  if (structural.length > 0) return { object, unknownFields, errors: structural, warnings: [] };
  object.metadata = { ...object.metadata, creationTimestamp: '2026-01-01T00:00:00Z' };
  kind.strategy.prepareForCreate?.(object);
  const errors = [
    ...validateStructure(object, kind.schema),
    ...validateObjectMeta(object.metadata, {
      namespaced: kind.namespaced,
      validateName: kind.strategy.validateName,
    }),
    ...kind.strategy.validate(object),
  ];
  return { object, unknownFields, errors, warnings: kind.strategy.warnings?.(object, undefined) ?? [] };
}

describe('valid manifests', () => {
  const valid = examples('valid');
  for (const { title, object, warnings } of valid) {
    it(title, () => {
      const outcome = create(object);
      assert.deepEqual(outcome.errors.map(fieldErrorMessage), []);
      assert.deepEqual(outcome.unknownFields, []);
      assert.deepEqual(outcome.warnings, warnings);
    });
    it(`${title}, stored and read again, changes no more`, () => {
      const { object: stored } = create(object);
      const { schema } = kindOf(object);
      assert.deepEqual(applyDefaults(prune(stored, schema).value, schema), stored);
      assert.deepEqual(create(stored).object, stored);
    });
  }

  it('has an example of every kind', () => {
    const shown = new Set(valid.map(({ object }) => object.kind));
    assert.deepEqual(
      servicesKinds.map(({ kind }) => kind).filter((kind) => !shown.has(kind)),
      [],
    );
  });
});

describe('invalid manifests', () => {
  for (const { title, object, expected } of examples('invalid')) {
    it(title, () => {
      assert.notEqual(expected.length, 0, 'an invalid manifest says what is wrong with it');
      assert.deepEqual(create(object).errors.map(fieldErrorMessage), expected);
    });
  }
});
