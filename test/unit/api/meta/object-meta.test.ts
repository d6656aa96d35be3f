import { strict as assert } from 'node:assert';
import { fieldErrorMessage } from '../../../../api/meta/field-error.ts';
import { validateDns1123Label } from '../../../../api/meta/names.ts';
import {
  finalizerWarnings,
  maxAnnotationsSize,
  validateFieldManager,
  validateObjectMeta,
  validateObjectMetaUpdate,
} from '../../../../api/meta/object-meta.ts';
import type { ObjectMeta } from '../../../../api/meta/types.ts';

const create = (meta: ObjectMeta, namespaced = true): string[] =>
  validateObjectMeta(
    { name: 'a', ...(namespaced ? { namespace: 'x' } : {}), ...meta },
    { namespaced, validateName: validateDns1123Label },
  ).map(fieldErrorMessage);

const stored: ObjectMeta = {
  name: 'a',
  namespace: 'x',
  uid: 'u',
  resourceVersion: '1',
  generation: 2,
  creationTimestamp: '2026-01-01T00:00:00Z',
};
const update = (changes: ObjectMeta, old: ObjectMeta = {}): string[] =>
  validateObjectMetaUpdate({ ...stored, ...old, ...changes }, { ...stored, ...old }).map(fieldErrorMessage);

describe('validateObjectMeta', () => {
  it('accepts an ordinary object', () => {
    assert.deepEqual(
      create({
        labels: { app: 'web', 'a.b/c': '' },
        annotations: { 'Example.COM/Key': 'any\ntext' },
        finalizers: ['example.com/x', 'orphan'],
        ownerReferences: [
          { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'r', uid: 'u', controller: true },
        ],
      }),
      [],
    );
    assert.deepEqual(create({ generateName: 'a-' }), []);
  });

  it('checks name, prefix and namespace', () => {
    assert.deepEqual(create({ name: '' }), [
      'metadata.name: Required value: name or generateName is required',
    ]);
    assert.match(
      create({ generateName: 'A_b-' })[0] ?? '',
      /^metadata\.generateName: Invalid value: "A_b-": a lowercase/,
    );
    assert.deepEqual(create({ namespace: '' }), ['metadata.namespace: Required value']);
    assert.deepEqual(create({ namespace: 'a.b' }), [
      'metadata.namespace: Invalid value: "a.b": must not contain dots',
    ]);
    assert.deepEqual(create({ namespace: 'x' }, false), [
      'metadata.namespace: Forbidden: not allowed on this type',
    ]);
  });

  it('bounds annotations by their bytes', () => {
    const annotations = { a: 'é'.repeat(maxAnnotationsSize / 2) };
    assert.deepEqual(create({ annotations }), [
      'metadata.annotations: Too long: may not be more than 262144 bytes',
    ]);
    assert.deepEqual(create({ annotations: { a: 'x'.repeat(maxAnnotationsSize - 1) } }), []);
  });

  it('checks owner references', () => {
    const owner = { apiVersion: 'v1', kind: 'Pod', name: 'p', uid: 'u' };
    assert.deepEqual(create({ ownerReferences: [{ apiVersion: '', kind: '', name: '', uid: '' }] }), [
      'metadata.ownerReferences.apiVersion: Invalid value: "": version must not be empty',
      'metadata.ownerReferences.kind: Invalid value: "": must not be empty',
      'metadata.ownerReferences.name: Invalid value: "": must not be empty',
      'metadata.ownerReferences.uid: Invalid value: "": must not be empty',
    ]);
    const two = [
      { ...owner, controller: true },
      { ...owner, name: 'q', controller: true },
    ];
    assert.deepEqual(create({ ownerReferences: two }), [
      `metadata.ownerReferences: Invalid value: ${JSON.stringify(two)}: Only one reference can have Controller set to true. Found "true" in references for Pod/p and Pod/q`,
    ]);
    assert.match(
      create({ ownerReferences: [{ ...owner, kind: 'Event' }] })[0] ?? '',
      /: \/v1, Kind=Event is disallowed from being an owner$/,
    );
  });

  it('checks finalizers', () => {
    assert.deepEqual(create({ finalizers: ['orphan', 'foregroundDeletion'] }), [
      'metadata.finalizers: Invalid value: ["orphan","foregroundDeletion"]: finalizer orphan and foregroundDeletion cannot be both set',
    ]);
    assert.match(
      create({ finalizers: ['a b'] })[0] ?? '',
      /^metadata\.finalizers: Invalid value: "a b": name part/,
    );
  });

  it('checks managedFields', () => {
    assert.deepEqual(
      create({ managedFields: [{ operation: 'X' as 'Apply', fieldsType: 'V0', manager: 'm\n' }] }),
      [
        'metadata.managedFields[0].operation: Invalid value: "X": must be `Apply` or `Update`',
        'metadata.managedFields[0].fieldsType: Invalid value: "V0": must be `FieldsV1`',
        'metadata.managedFields[0].manager: Invalid value: "m\\n": invalid character U+000A (at position 1)',
      ],
    );
  });
});

describe('validateFieldManager', () => {
  it('bounds it by bytes', () => {
    assert.deepEqual(validateFieldManager('x'.repeat(128), 'fieldManager'), []);
    assert.deepEqual(validateFieldManager('é'.repeat(65), 'fieldManager').map(fieldErrorMessage), [
      'fieldManager: Too long: may not be more than 128 bytes',
    ]);
  });
});

describe('validateObjectMetaUpdate', () => {
  it('accepts a change of what may change', () => {
    assert.deepEqual(update({ labels: { a: 'b' }, finalizers: ['x/y'], generation: 3 }), []);
  });

  it('keeps identity', () => {
    assert.deepEqual(update({ name: 'b', uid: 'v', creationTimestamp: '2026-01-02T00:00:00Z' }), [
      'metadata.name: Invalid value: "b": field is immutable',
      'metadata.uid: Invalid value: "v": field is immutable',
      'metadata.creationTimestamp: Invalid value: "2026-01-02T00:00:00Z": field is immutable',
    ]);
    const { uid: _, ...without } = stored;
    assert.deepEqual(validateObjectMetaUpdate(without, stored).map(fieldErrorMessage), [
      'metadata.uid: Invalid value: "": field is immutable',
    ]);
  });

  it('wants a version, and a generation that does not fall', () => {
    assert.deepEqual(update({ resourceVersion: '' }), [
      'metadata.resourceVersion: Invalid value: 0: must be specified for an update',
    ]);
    assert.deepEqual(update({ generation: 1 }), [
      'metadata.generation: Invalid value: 1: must not be decremented',
    ]);
  });

  it('lets finalizers only go once deletion began', () => {
    const deleting: ObjectMeta = { deletionTimestamp: '2026-01-01T00:00:00Z', finalizers: ['x/a', 'x/b'] };
    assert.deepEqual(update({ finalizers: ['x/a'] }, deleting), []);
    assert.deepEqual(update({ finalizers: ['x/a', 'x/d', 'x/c'] }, deleting), [
      'metadata.finalizers: Forbidden: no new finalizers can be added if the object is being deleted, found new finalizers []string{"x/c", "x/d"}',
    ]);
  });
});

describe('finalizerWarnings', () => {
  it('warns of names without a domain or a path', () => {
    assert.deepEqual(finalizerWarnings(['x/y', 'orphan', 'mine', 'my.org']), [
      'metadata.finalizers: "mine": prefer a domain-qualified finalizer name to avoid accidental conflicts with other finalizer writers',
      'metadata.finalizers: "my.org": prefer a domain-qualified finalizer name including a path (/) to avoid accidental conflicts with other finalizer writers',
    ]);
    assert.deepEqual(finalizerWarnings(undefined), []);
  });
});
