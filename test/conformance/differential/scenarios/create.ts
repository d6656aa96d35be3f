/** POST, and what it refuses. */
import { get, post, type Scenario } from '../step.ts';
import { API_VERSION, group, object, type Sample, samples } from './samples.ts';

const createOf = (sample: Sample): Scenario => {
  const { plural, kind } = sample;
  const make = (name: string, metadata: object = {}, spec: object = {}) =>
    object(sample, name, metadata, spec);
  const raw = (metadata: string, spec = '') =>
    `{"apiVersion":"${API_VERSION}","kind":"${kind}","metadata":{${metadata}},"spec":{${[JSON.stringify(sample.spec).slice(1, -1), spec].filter((each) => each !== '').join(',')}}}`;
  return {
    name: `create-${plural}`,
    steps: [
      post('plain', plural, make('a')),
      get('what was created', `${plural}/a`),
      post('once more', plural, make('a')),
      post('labels and annotations', plural, make('b', { labels: { a: 'b' }, annotations: { c: 'd' } })),
      post('dry run', `${plural}?dryRun=All`, make('dry')),
      get('what a dry run left', `${plural}/dry`),
      post('dry run of another sort', `${plural}?dryRun=Some`, make('dry')),
      post('pretty', `${plural}?pretty=true`, make('pretty')),
      post('field manager', `${plural}?fieldManager=me`, make('managed')),
      post('field manager too long', `${plural}?fieldManager=${'m'.repeat(129)}`, make('managed-2')),
      post('field manager unprintable', `${plural}?fieldManager=a%07b`, make('managed-3')),
      post('generated name', plural, {
        apiVersion: API_VERSION,
        kind,
        metadata: { generateName: 'made-' },
        spec: sample.spec,
      }),
      post('no name', plural, { apiVersion: API_VERSION, kind, metadata: {}, spec: sample.spec }),
      post('no metadata', plural, { apiVersion: API_VERSION, kind, spec: sample.spec }),
      post('other namespace', plural, make('elsewhere', { namespace: 'elsewhere' })),
      post('other kind', plural, { ...make('other'), kind: 'Other' }),
      post('other version', plural, { ...make('other'), apiVersion: 'services.x-k8s.io/v9' }),
      post('other group', plural, { ...make('other'), apiVersion: 'example.com/v1' }),
      post('no kind', plural, { apiVersion: API_VERSION, metadata: { name: 'kindless' }, spec: sample.spec }),
      post('no version', plural, { kind, metadata: { name: 'versionless' }, spec: sample.spec }),
      post('with a version of its own', plural, make('rv', { resourceVersion: '5' })),
      post('with version 0', plural, make('rv-0', { resourceVersion: '0' })),
      post('with a malformed version', plural, make('rv-abc', { resourceVersion: 'abc' })),
      post('server fields are not taken', plural, {
        ...make('own', {
          uid: '11111111-2222-3333-4444-555555555555',
          creationTimestamp: '2001-01-01T00:00:00Z',
          generation: 7,
          selfLink: '/somewhere',
          deletionTimestamp: '2001-01-01T00:00:00Z',
          deletionGracePeriodSeconds: 5,
        }),
      }),
      post('bad label key', plural, make('label', { labels: { 'a b': 'c' } })),
      post('bad label value', plural, make('label', { labels: { a: 'b c' } })),
      post('bad annotation key', plural, make('annotation', { annotations: { 'a b': 'c' } })),
      post('number as label', plural, make('label', { labels: { a: 5 } })),
      post('finalizer with a domain', plural, make('final', { finalizers: ['example.com/keep'] })),
      post('malformed finalizer', plural, make('final-3', { finalizers: ['a b'] })),
      post(
        'owner',
        plural,
        make('owned', {
          ownerReferences: [{ apiVersion: 'v1', kind: 'Pod', name: 'p', uid: '1' }],
        }),
      ),
      post(
        'owner without uid',
        plural,
        make('owned-2', {
          ownerReferences: [{ apiVersion: 'v1', kind: 'Pod', name: 'p' }],
        }),
      ),
      post(
        'owner without name',
        plural,
        make('owned-3', {
          ownerReferences: [{ apiVersion: 'v1', kind: 'Pod', name: '', uid: '1' }],
        }),
      ),
      post(
        'two controllers',
        plural,
        make('owned-4', {
          ownerReferences: [
            { apiVersion: 'v1', kind: 'Pod', name: 'p', uid: '1', controller: true },
            { apiVersion: 'v1', kind: 'Pod', name: 'q', uid: '2', controller: true },
          ],
        }),
      ),
      post('unknown field, as it comes', plural, make('unknown', {}, { bogus: 1 })),
      post('unknown field, Ignore', `${plural}?fieldValidation=Ignore`, make('unknown-1', {}, { bogus: 1 })),
      post('unknown field, Warn', `${plural}?fieldValidation=Warn`, make('unknown-2', {}, { bogus: 1 })),
      post('unknown field, Strict', `${plural}?fieldValidation=Strict`, make('unknown-3', {}, { bogus: 1 })),
      post('unknown metadata, Strict', `${plural}?fieldValidation=Strict`, make('unknown-4', { bogus: 1 })),
      post('unknown metadata, Warn', `${plural}?fieldValidation=Warn`, make('unknown-5', { bogus: 1 })),
      post('unknown validation', `${plural}?fieldValidation=Maybe`, make('unknown-6')),
      post(
        'duplicate field, Strict',
        `${plural}?fieldValidation=Strict`,
        raw('"name":"dup-1","name":"dup-1"'),
      ),
      post('duplicate field, Warn', `${plural}?fieldValidation=Warn`, raw('"name":"dup-2","name":"dup-2"')),
      post(
        'duplicate in spec, Strict',
        `${plural}?fieldValidation=Strict`,
        raw('"name":"dup-3"', `"${sample.field}":"a","${sample.field}":"b"`),
      ),
      post(
        'duplicate in spec, Warn',
        `${plural}?fieldValidation=Warn`,
        raw('"name":"dup-4"', `"${sample.field}":"a","${sample.field}":"b"`),
      ),
      ...Object.entries(sample.wrong).map(([what, spec]) =>
        post(`wrong: ${what}`, plural, { apiVersion: API_VERSION, kind, metadata: { name: 'wrong' }, spec }),
      ),
    ],
  };
};

/** What does not depend on the kind: bodies that are no object, and names. */
const bodies: Scenario = {
  name: 'bodies',
  steps: [
    post('nothing', group.plural, ''),
    post('no JSON', group.plural, '{'),
    post('a list', group.plural, '[]'),
    post('a text', group.plural, '"text"'),
    post('null', group.plural, 'null'),
    post('a number', group.plural, '5'),
    post('an empty object', group.plural, '{}'),
    post('text after the object', group.plural, '{} {}'),
    post('spec is a text', group.plural, { ...object(group, 'a'), spec: 'text' }),
    post('spec is null', group.plural, { ...object(group, 'null-spec'), spec: null }),
    post('metadata is a text', group.plural, { ...object(group, 'a'), metadata: 'text' }),
    post('metadata is a list', group.plural, { ...object(group, 'a'), metadata: [] }),
    post('name is a number', group.plural, object(group, 'a', { name: 5 })),
    post('null for a field with default', group.plural, object(group, 'nulls', {}, { network: null })),
    post(
      'null for a field without',
      group.plural,
      object(group, 'nulls-2', {}, { gateTimeoutSeconds: null }),
    ),
    post('yaml', group.plural, `apiVersion: ${API_VERSION}\nkind: ServiceGroup\nmetadata:\n  name: yaml\n`, {
      headers: { 'content-type': 'application/yaml' },
    }),
    post('yaml that is none', group.plural, 'a: [', { headers: { 'content-type': 'application/yaml' } }),
    post('no content type', group.plural, object(group, 'typeless'), { headers: { 'content-type': '' } }),
    post('text/plain', group.plural, object(group, 'plain'), { headers: { 'content-type': 'text/plain' } }),
    post('name with upper case', 'endpoints', {
      apiVersion: API_VERSION,
      kind: 'Endpoint',
      metadata: { name: 'Upper' },
      spec: { addresses: [{ ip: '10.0.0.1' }] },
    }),
    post('name too long', 'endpoints', {
      apiVersion: API_VERSION,
      kind: 'Endpoint',
      metadata: { name: 'n'.repeat(254) },
      spec: { addresses: [{ ip: '10.0.0.1' }] },
    }),
    post('name with a slash', 'endpoints', {
      apiVersion: API_VERSION,
      kind: 'Endpoint',
      metadata: { name: 'a/b' },
      spec: { addresses: [{ ip: '10.0.0.1' }] },
    }),
  ],
};

export const createScenarios: readonly Scenario[] = [...samples.map(createOf), bodies];
