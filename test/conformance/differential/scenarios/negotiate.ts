/** Which representation is answered, or refused. */
import { get, post, type Scenario } from '../step.ts';
import { group, object } from './samples.ts';

const META = 'v=v1;g=meta.k8s.io';
const accepts = [
  '*/*',
  'application/*',
  'application/json',
  'application/json;q=0.5,application/yaml',
  'application/yaml',
  'text/html',
  'text/plain',
  'image/png, */*;q=0.1',
  'application/vnd.kubernetes.protobuf',
  'application/vnd.kubernetes.protobuf,application/json',
  `application/json;as=Table;${META}`,
  `application/json;as=Table;${META},application/json`,
  'application/json;as=Table;v=v1beta1;g=meta.k8s.io',
  'application/json;as=Table;v=v2;g=meta.k8s.io',
  'application/json;as=Table',
  `application/json;as=PartialObjectMetadata;${META}`,
  `application/json;as=PartialObjectMetadataList;${META}`,
  'application/json;as=PartialObjectMetadata;v=v1beta1;g=meta.k8s.io',
  `application/json;as=Bogus;${META}`,
  'application/json;as=Bogus;v=v1;g=meta.k8s.io,application/json',
  'application/json;stream=watch',
  'application/json;pretty=1',
  'nonsense',
  '',
];

const negotiation: Scenario = {
  name: 'negotiation',
  steps: [
    post('create', group.plural, object(group, 'a', { labels: { app: 'a' } })),
    ...accepts.flatMap((accept) => [
      get(`item as ${accept}`, `${group.plural}/a`, { headers: { accept } }),
      get(`list as ${accept}`, group.plural, { headers: { accept } }),
    ]),
    get('missing as yaml', `${group.plural}/none`, { headers: { accept: 'application/yaml' } }),
    get('missing as html', `${group.plural}/none`, { headers: { accept: 'text/html' } }),
    ...['None', 'Metadata', 'Object', 'Bogus'].map((include) =>
      get(`table with ${include}`, `${group.plural}?includeObject=${include}`, {
        headers: { accept: `application/json;as=Table;${META}` },
      }),
    ),
    post('create as metadata', group.plural, object(group, 'b'), {
      headers: { accept: `application/json;as=PartialObjectMetadata;${META}` },
    }),
    post('create as a table', group.plural, object(group, 'c'), {
      headers: { accept: `application/json;as=Table;${META}` },
    }),
    post('create, answer as yaml', group.plural, object(group, 'd'), {
      headers: { accept: 'application/yaml' },
    }),
    post('create, unknown answer', group.plural, object(group, 'e'), { headers: { accept: 'text/html' } }),
    get('small answers are not compressed', `${group.plural}/a`, { headers: { 'accept-encoding': 'gzip' } }),
  ],
};

export const negotiationScenarios: readonly Scenario[] = [negotiation];
